using Xopc.Testing.Canaries;

namespace Xopc.Gateway.Tests.Proxy;

/// <summary>An edge that forwards, and one service behind it that answers for all three.</summary>
internal sealed class Bundle : IAsyncDisposable
{
    private readonly DirectoryInfo _root;

    private Bundle(DirectoryInfo root, TestService service, EdgeHost edge) => (_root, Service, Edge) = (root, service, edge);

    public EdgeHost Edge { get; }

    public TestService Service { get; private set; }

    public string State => _root.FullName;

    public string Credentials => Path.Combine(_root.FullName, "credentials");

    public string Socket => Path.Combine(_root.FullName, "s.sock");

    /// <param name="tls">The edge speaks HTTPS.</param>
    public static async Task<Bundle> StartAsync(bool unix = true, Action<EdgeOptions>? configure = null, string? gateway = null, bool tls = false)
    {
        var root = Directory.CreateTempSubdirectory("xopc-edge-");
        gateway = tls ? TlsEdge.Section(root.FullName) : gateway;
        var service = await TestService.StartAsync(Path.Combine(root.FullName, "credentials"), unix ? Path.Combine(root.FullName, "s.sock") : null);
        var edge = await EdgeHost.StartAsync(
            configure: options =>
            {
                options.Proxy = true;
                options.RestartPatience = TimeSpan.Zero; // a port that was free may be another test's before it is over
                foreach (var name in XopcServices.All)
                {
                    options.Destinations[name] = [service.Destination];
                }

                configure?.Invoke(options);
            },
            build: tls ? TlsEdge.Build : null, state: root.FullName, gateway: gateway);
        return new Bundle(root, service, edge);
    }

    public ValueTask StopServiceAsync() => Service.DisposeAsync();

    public async Task RestartServiceAsync() => Service = await TestService.StartAsync(
        Credentials,
        Service.Destination.StartsWith("unix:", StringComparison.Ordinal) ? Socket : null,
        Service.Destination.StartsWith("http:", StringComparison.Ordinal) ? new Uri(Service.Destination).Port : 0);

    /// <summary>Asks with the right token and returns the answer's text.</summary>
    public async Task<string> AskAsync(string target, params string[] headers)
    {
        var response = await RawHttp.GetAsync(Edge.Address, target, [$"Authorization: Bearer {EdgeHost.Token}", .. headers]);
        return response;
    }

    public async ValueTask DisposeAsync()
    {
        await Edge.DisposeAsync();
        await Service.DisposeAsync();
        Leftovers.Delete(_root.FullName);
    }
}
