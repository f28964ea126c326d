using System.Net;
using System.Net.Sockets;
using Xopc.Cli.Hosting;

namespace Xopc.Cli.Tests.Hosting;

/// <summary>One role of the bundle in a process of its own. Redis is only named: what these prove happens before anybody speaks to it.</summary>
public sealed class RoleProcessTests : IDisposable
{
    private static readonly Dictionary<string, string> Redis = new() { ["ConnectionStrings__redis"] = "127.0.0.1:1,abortConnect=false,connectTimeout=200" };
    private readonly TemporaryDirectory _home = new();

    public void Dispose() => _home.Dispose();

    private string RunDirectory => Path.Combine(_home.Path, "state", "run");

    [Fact]
    public async Task A_service_answers_probes_on_its_socket_refuses_what_is_not_signed_and_stops_with_0()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Unix sockets");
        await using var service = await StartServiceAsync();
        using var http = Client();

        using var alive = await http.GetAsync(new Uri("http://service/alive"), TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.OK, alive.StatusCode);
        using var unsigned = await http.GetAsync(new Uri("http://service/api/anything"), TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.Unauthorized, unsigned.StatusCode);
        if (!OperatingSystem.IsWindows())
        {
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute, File.GetUnixFileMode(RunDirectory));
        }

        service.Signal("TERM");
        Assert.Equal(ExitCodes.Ok, await service.ExitAsync());
        Assert.Empty(Directory.GetFileSystemEntries(RunDirectory));
    }

    [Fact]
    public async Task The_socket_of_a_killed_service_does_not_stop_the_next_one_and_a_living_one_does()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Unix sockets");
        await using var killed = await StartServiceAsync();
        killed.Signal("KILL");
        await killed.ExitAsync();
        Assert.NotEmpty(Directory.GetFileSystemEntries(RunDirectory));

        await using var next = await StartServiceAsync();
        await using var third = Start();

        Assert.Equal(ExitCodes.Failed, await third.ExitAsync());
        Assert.Contains("runs already", third.Error, StringComparison.Ordinal);
        using var http = Client();
        using var alive = await http.GetAsync(new Uri("http://service/alive"), TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.OK, alive.StatusCode);
    }

    [Theory]
    [InlineData("edge")]
    [InlineData("agents")]
    public async Task Without_Redis_a_role_does_not_start_because_it_would_meet_nobody(string role)
    {
        await using var process = XopcProcess.Start(_home.Path, null, "gateway", "--role", role);

        Assert.Equal(ExitCodes.Configuration, await process.ExitAsync());
        Assert.Contains("ConnectionStrings__redis", process.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("127.0.0.1:6390,password=hunter2,bogus=1", "Keyword 'bogus' is not supported")]
    [InlineData("127.0.0.1:99999,password=hunter2", "port")]
    [InlineData(",", "names no server")]
    public async Task A_connection_string_that_is_none_is_a_configuration_error_and_its_password_stays_untold(string redis, string reason)
    {
        await using var process = XopcProcess.Start(_home.Path, new Dictionary<string, string> { ["ConnectionStrings__redis"] = redis }, "gateway", "--role", "scheduler");

        Assert.Equal(ExitCodes.Configuration, await process.ExitAsync());
        Assert.Contains("ConnectionStrings__redis", process.Error, StringComparison.Ordinal);
        Assert.Contains(reason, process.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("hunter2", process.Out + process.Error, StringComparison.Ordinal);
    }

    private XopcProcess Start() => XopcProcess.Start(_home.Path, Redis, "gateway", "--role", "channels");

    private async Task<XopcProcess> StartServiceAsync()
    {
        var service = Start();
        await service.ShowsAsync("is ready at unix:");
        return service;
    }

    private HttpClient Client()
    {
        var path = ServiceAddress.Of(RunDirectory, ServiceRole.Channels).SocketPath!;
        return new HttpClient(new SocketsHttpHandler
        {
            ConnectCallback = async (_, cancellationToken) =>
            {
                var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
                await socket.ConnectAsync(new UnixDomainSocketEndPoint(path), cancellationToken);
                return new NetworkStream(socket, ownsSocket: true);
            },
        });
    }
}
