using System.Net;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Routing;
using Microsoft.AspNetCore.TestHost;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Xopc.Configuration;
using Xopc.ServiceDefaults;
using Xopc.ServiceDefaults.Http;
using Xopc.ServiceDefaults.Trust;
using Xopc.Testing.Canaries;

namespace Xopc.Testing.Hosting;

/// <summary>A service as its own process composes it, in memory, with a state directory of its own.</summary>
public sealed class ModuleHost : IAsyncDisposable
{
    private readonly DirectoryInfo _home;
    private readonly bool _ownsHome;
    private readonly WebApplication _app;
    private readonly CancellationToken _cancellationToken;

    private ModuleHost(DirectoryInfo home, bool ownsHome, WebApplication app, CancellationToken cancellationToken) =>
        (_home, _ownsHome, _app, _cancellationToken) = (home, ownsHome, app, cancellationToken);

    /// <param name="service">Its name, for example <c>xopc-channels</c>.</param>
    /// <param name="add">Its <c>AddX</c>.</param>
    /// <param name="map">Its <c>MapX</c>.</param>
    /// <param name="config">The text of <c>xopc.json</c>.</param>
    /// <param name="shared">A state directory that another host uses too and that is not this host's to delete; null: one of its own.</param>
    public static async Task<ModuleHost> StartAsync(
        string service, Action<WebApplicationBuilder> add, Action<WebApplication> map, CancellationToken cancellationToken, string config = "{}", string? shared = null)
    {
        var home = shared is null ? Directory.CreateTempSubdirectory(service + "-") : Directory.CreateDirectory(shared);
        await File.WriteAllTextAsync(Path.Combine(home.FullName, "xopc.json"), config, cancellationToken);
        var builder = WebApplication.CreateBuilder();
        builder.WebHost.UseTestServer();
        builder.Configuration["XOPC_LOG_CONSOLE"] = "false";
        builder.AddXopcConfiguration(name => name == "XOPC_STATE_DIR" ? home.FullName : null);
        builder.AddServiceDefaults(service);
        builder.AddInstallationTrust(builder.StartupPaths().CredentialsDirectory);
        add(builder);
        var app = builder.Build();
        app.UseApiErrors().UseRouting().UseSignedPrincipal().UseScopes();
        app.MapDefaultEndpoints();
        map(app);
        await app.StartAsync(cancellationToken);
        return new ModuleHost(home, shared is null, app, cancellationToken);
    }

    public IServiceProvider Services => _app.Services;

    public IEnumerable<RouteEndpoint> Endpoints => _app.Services.GetRequiredService<EndpointDataSource>().Endpoints.OfType<RouteEndpoint>();

    public async Task<(HttpStatusCode Status, JsonElement Body)> GetAsync(string path)
    {
        using var client = _app.GetTestClient();
        using var response = await client.GetAsync(new Uri(path, UriKind.Relative), _cancellationToken);
        using var body = JsonDocument.Parse(await response.Content.ReadAsStringAsync(_cancellationToken));
        return (response.StatusCode, body.RootElement.Clone());
    }

    public async Task<HealthReportEntry> CheckAsync(string name) =>
        (await _app.Services.GetRequiredService<HealthCheckService>().CheckHealthAsync(check => check.Name == name, _cancellationToken)).Entries[name];

    public async ValueTask DisposeAsync()
    {
        await _app.DisposeAsync();
        if (_ownsHome)
        {
            Leftovers.Delete(_home.FullName);
        }
    }
}
