using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Time.Testing;
using Xopc.Configuration;
using Xopc.Contracts;
using Xopc.Gateway.Edge;
using Xopc.ServiceDefaults;
using Xopc.ServiceDefaults.Http;
using Xopc.Testing.Canaries;

namespace Xopc.Gateway.Tests;

/// <summary>An edge on a free port, with a real Kestrel, and a few endpoints of a pretended module behind it.</summary>
internal sealed class EdgeHost : IAsyncDisposable
{
    public const string Token = "0123456789abcdef0123456789abcdef0123456789abcdef";

    /// <summary>Nothing here takes that long; it only turns a hang into a failure.</summary>
    public static readonly TimeSpan Limit = TimeSpan.FromSeconds(30);

    private readonly WebApplication _app;
    private readonly DirectoryInfo? _ownState;

    private EdgeHost(WebApplication app, LogTrap log, string state, DirectoryInfo? ownState)
    {
        _app = app;
        State = state;
        _ownState = ownState;
        Log = log;
        Address = new Uri(app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Single());
        // Whoever asks before sending a body waits for the answer, however busy the machine: the default gives up after a second and sends.
        Client = new HttpClient(new SocketsHttpHandler { UseProxy = false, AllowAutoRedirect = false, Expect100ContinueTimeout = Limit }) { BaseAddress = Address, Timeout = Limit };
    }

    public Uri Address { get; }

    /// <summary>Sends no credential by itself.</summary>
    public HttpClient Client { get; }

    public LogTrap Log { get; }

    public string State { get; }

    public IServiceProvider Services => _app.Services;

    public static async Task<EdgeHost> StartAsync(
        GatewayCredential? credential = null, Action<EdgeOptions>? configure = null, Action<WebApplication>? map = null, Action<WebApplicationBuilder>? build = null,
        string? state = null, Dictionary<string, string>? environment = null, string? gateway = null, FakeTimeProvider? clock = null)
    {
        var ownState = state is null ? Directory.CreateTempSubdirectory("xopc-edge-") : null;
        state ??= ownState!.FullName;
        if (gateway is not null)
        {
            await File.WriteAllTextAsync(Path.Combine(state, "xopc.json"), $$"""{"gateway":{{gateway}}}""");
        }

        var log = new LogTrap();
        var builder = WebApplication.CreateSlimBuilder(new WebApplicationOptions { EnvironmentName = "Production" });
        builder.WebHost.UseKestrelCore();
        builder.AddXopcConfiguration(name => name == "XOPC_STATE_DIR" ? state : environment?.GetValueOrDefault(name));
        builder.AddServiceDefaults("xopc-gateway");
        builder.Logging.ClearProviders().AddProvider(log);
        if (environment is null)
        {
            builder.Services.AddSingleton(credential ?? new GatewayCredential(GatewayAuthMode.Token, Token));
        }

        builder.Services.AddSingleton<IStartupFilter, PretendedPeer>();
        if (clock is not null)
        {
            builder.Services.AddSingleton<TimeProvider>(clock);
        }

        build?.Invoke(builder);
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0));
        builder.AddGateway(configure);

        var app = builder.Build();
        app.UseXopcEdge();
        app.MapGateway();
        map?.Invoke(app);
        await app.StartAsync(TestContext.Current.CancellationToken);
        return new EdgeHost(app, log, state, ownState);
    }

    /// <summary>An edge in front of the endpoints below, as in one process.</summary>
    /// <param name="gateway">The section <c>gateway</c> of its configuration, as JSON.</param>
    public static Task<EdgeHost> OneProcessAsync(
        GatewayCredential? credential = null, string? gateway = null, FakeTimeProvider? clock = null, Action<WebApplicationBuilder>? build = null) =>
        StartAsync(credential, map: MapModule, gateway: gateway, clock: clock, build: build);

    /// <summary>Writes another section <c>gateway</c> and has it read.</summary>
    public async Task ReconfigureAsync(string gateway)
    {
        var store = Services.GetRequiredService<ConfigStore>();
        await File.WriteAllTextAsync(store.File.Path, $$"""{"gateway":{{gateway}}}""");
        var result = await store.ReloadAsync(TestContext.Current.CancellationToken);
        Assert.Equal((ConfigReloadOutcome.Reloaded, 0), (result.Outcome, result.RestartPaths.Count));
    }

    public HttpRequestMessage Request(HttpMethod method, string path, string? token = Token)
    {
        var request = new HttpRequestMessage(method, new Uri(Address, path));
        if (token is not null)
        {
            request.Headers.TryAddWithoutValidation("Authorization", $"Bearer {token}");
        }

        return request;
    }

    public Task StopAsync() => _app.StopAsync(TestContext.Current.CancellationToken);

    public async ValueTask DisposeAsync()
    {
        Client.Dispose();
        await _app.DisposeAsync();
        if (_ownState is not null)
        {
            Leftovers.Delete(_ownState.FullName);
        }
    }

    /// <summary>
    /// Everything in a test comes from 127.0.0.1. This header, which the edge never sees, says which peer it is to look like; it stands in front of the
    /// whole pipeline.
    /// </summary>
    public const string PeerHeader = "X-Test-Peer";

    private sealed class PretendedPeer : IStartupFilter
    {
        public Action<IApplicationBuilder> Configure(Action<IApplicationBuilder> next) => app =>
        {
            app.Use((context, following) =>
            {
                if (context.Request.Headers.Remove(PeerHeader, out var peer))
                {
                    context.Connection.RemoteIpAddress = IPAddress.Parse(peer.ToString());
                }

                return following(context);
            });
            next(app);
        };
    }

    private static void MapModule(WebApplication app)
    {
        app.MapMethods("/api/any", ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"], () => "any").RequireScope(OperatorScope.Read);
        app.MapGet("/api/from", (HttpContext context) => $"{context.Connection.RemoteIpAddress} {context.Request.Scheme}://{context.Request.Host}").RequireScope(OperatorScope.Read);
        app.MapGet("/api/headers", (HttpContext context) => string.Join('\n', context.Request.Headers.Select(header => header.Key))).RequireScope(OperatorScope.Read);
        app.MapPost("/api/model", () => "asked").RequireScope(OperatorScope.Write).CallsModel();
        app.MapGet("/api/stream", StreamAsync).RequireScope(OperatorScope.Read).Streams();
        app.MapGet("/api/extensions/{id}/assets/{file}", () => "file").RequireScope(OperatorScope.Read);
        app.MapGet("/api/who", (HttpContext context) => context.GetPrincipal().Id).RequireScope(OperatorScope.Read);
        app.MapGet("/api/events", (HttpContext context) => context.GetPrincipal().Id).RequireScope(OperatorScope.Read);
        app.MapGet("/api/events/replay", (HttpContext context) => context.GetPrincipal().Id).RequireScope(OperatorScope.Read);
        app.MapPost("/api/events", () => "posted").RequireScope(OperatorScope.Write);
        app.MapGet("/api/config", () => "secret").RequireScope(OperatorScope.Admin);
        app.MapPost("/api/agent", CountAsync).RequireScope(OperatorScope.Write);
        app.MapPost("/api/echo", CountAsync).RequireScope(OperatorScope.Write);
        app.MapPost("/api/json", (Sample sample) => sample.Name).RequireScope(OperatorScope.Write);
        app.MapGet("/api/throws", string () => throw new InvalidOperationException("inner detail")).RequireScope(OperatorScope.Read);
        app.MapGet("/api/number/{id:int}", (int id) => id).RequireScope(OperatorScope.Read);
        app.MapGet("/api/forgotten", () => "no annotation");
        app.MapGet("/open", () => "open").Public("test");
    }

    private static async Task StreamAsync(HttpContext context)
    {
        context.Response.ContentType = "text/event-stream";
        await context.Response.WriteAsync("event: connected\ndata: {}\n\n");
        await context.Response.Body.FlushAsync();
        try
        {
            await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, context.RequestAborted);
        }
        catch (OperationCanceledException)
        {
            // The client left.
        }
    }

    private static async Task<long> CountAsync(HttpRequest request)
    {
        var buffer = new byte[64 * 1024];
        long total = 0;
        for (int read; (read = await request.Body.ReadAsync(buffer)) > 0;)
        {
            total += read;
        }

        return total;
    }

    internal sealed record Sample(string Name);
}
