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

namespace Xopc.Channels.Tests;

/// <summary>The service as its own process composes it, in memory, with a state directory of its own.</summary>
internal sealed class ModuleHost : IAsyncDisposable
{
    private readonly DirectoryInfo _home = Directory.CreateTempSubdirectory("xopc-channels-");
    private readonly WebApplication _app;

    private ModuleHost(string config)
    {
        File.WriteAllText(Path.Combine(_home.FullName, "xopc.json"), config);
        var builder = WebApplication.CreateBuilder();
        builder.WebHost.UseTestServer();
        builder.Configuration["XOPC_LOG_CONSOLE"] = "false";
        builder.AddXopcConfiguration(name => name == "XOPC_STATE_DIR" ? _home.FullName : null);
        builder.AddServiceDefaults("xopc-channels");
        builder.AddInstallationTrust(builder.StartupPaths().CredentialsDirectory);
        builder.AddChannels();
        _app = builder.Build();
        _app.UseApiErrors().UseRouting().UseSignedPrincipal().UseScopes();
        _app.MapDefaultEndpoints();
        _app.MapChannels();
    }

    public static async Task<ModuleHost> StartAsync(string config = "{}")
    {
        var host = new ModuleHost(config);
        await host._app.StartAsync(TestContext.Current.CancellationToken);
        return host;
    }

    public IEnumerable<RouteEndpoint> Endpoints => _app.Services.GetRequiredService<EndpointDataSource>().Endpoints.OfType<RouteEndpoint>();

    public async Task<(HttpStatusCode Status, JsonElement Body)> GetAsync(string path)
    {
        using var client = _app.GetTestClient();
        using var response = await client.GetAsync(new Uri(path, UriKind.Relative), TestContext.Current.CancellationToken);
        using var body = JsonDocument.Parse(await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
        return (response.StatusCode, body.RootElement.Clone());
    }

    public async Task<HealthReportEntry> CheckAsync(string name) =>
        (await _app.Services.GetRequiredService<HealthCheckService>().CheckHealthAsync(check => check.Name == name, TestContext.Current.CancellationToken)).Entries[name];

    public async ValueTask DisposeAsync()
    {
        await _app.DisposeAsync();
        _home.Delete(recursive: true);
    }
}
