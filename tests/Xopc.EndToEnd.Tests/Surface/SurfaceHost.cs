using System.Net;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Routing;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Xopc.Agents;
using Xopc.Channels;
using Xopc.Configuration;
using Xopc.Contracts;
using Xopc.Gateway;
using Xopc.Gateway.Edge;
using Xopc.Gateway.Keys;
using Xopc.Scheduler;
using Xopc.ServiceDefaults;
using Xopc.ServiceDefaults.Http;
using Xopc.ServiceDefaults.Trust;
using Xopc.Testing.Canaries;
using Xopc.Testing.Models;
using Xopc.Testing.Telegram;

namespace Xopc.EndToEnd.Tests.Surface;

/// <summary>
/// All of Xopc in this process, on real listeners: as one, or as an edge that forwards to three services. The endpoint tables can be read, so that tests follow
/// whatever is mapped.
/// </summary>
internal sealed class SurfaceHost : IAsyncDisposable
{
    public const string Token = Canary.Mark + "0123456789abcdef0123456789abcdef";

    private readonly List<WebApplication> _apps = [];
    private readonly Dictionary<string, WebApplication> _services = new(StringComparer.Ordinal);
    private readonly DirectoryInfo _state = Directory.CreateTempSubdirectory("xopc-surface-");
    private readonly bool _bundle;
    private readonly bool _generated;

    private SurfaceHost(bool bundle, bool generated, FakeOpenAiServer model, TelegramServer telegram) =>
        (_bundle, _generated, Model, Telegram, Bot, Hook) = (
            bundle, generated, model, telegram, telegram.AddBot("1000001:" + Canary.MakeValue().Replace('.', '_'), "surface_bot"),
            telegram.AddBot("1000002:" + Canary.MakeValue().Replace('.', '_'), "surface_hook_bot"));

    public FakeOpenAiServer Model { get; }

    public TelegramServer Telegram { get; }

    /// <summary>Of the account <c>default</c>.</summary>
    public FakeBot Bot { get; }

    /// <summary>Of the account <c>hook</c>, which has a webhook.</summary>
    public FakeBot Hook { get; }

    /// <summary>The secret that Telegram was told with it.</summary>
    public string HookSecret { get; } = Canary.MakeValue().Replace('.', '_');

    public Uri Address { get; private set; } = null!;

    /// <summary>The main token; a test that replaces it says so here.</summary>
    public string MainToken { get; set; } = Token;

    /// <summary>At the edge, without a credential of its own.</summary>
    public HttpClient Client { get; } = new(new SocketsHttpHandler { UseProxy = false, AllowAutoRedirect = false, UseCookies = false }) { Timeout = Wait.Generous };

    /// <summary>Where a service of the bundle listens.</summary>
    public Uri AddressOf(string service) => AddressOf(_services[service]);

    /// <summary>What the processes map, of all of them.</summary>
    public IReadOnlyList<RouteEndpoint> Endpoints => [.. _apps.SelectMany(EndpointsOf)];

    /// <summary>What the process that faces the world maps.</summary>
    public IReadOnlyList<RouteEndpoint> EdgeEndpoints => EndpointsOf(_apps[^1]);

    /// <param name="bundle">An edge and three services, instead of everything in one.</param>
    /// <param name="generated">Whether the main token is one that the gateway keeps itself, and can replace, instead of the environment's.</param>
    /// <param name="map">More endpoints of the edge.</param>
    /// <param name="listen">Stands between the edge's listener and HTTP.</param>
    public static async Task<SurfaceHost> StartAsync(bool bundle, bool generated = false, Action<WebApplication>? map = null, Action<ListenOptions>? listen = null)
    {
        var host = new SurfaceHost(bundle, generated, await FakeOpenAiServer.StartAsync(), await TelegramServer.StartAsync());
        await host.WriteStateAsync();
        if (bundle)
        {
            await host.StartServiceAsync("agents", builder => builder.AddAgents(), app => app.MapAgents());
            await host.StartServiceAsync("channels", builder => builder.AddChannels(), app => app.MapChannels());
            await host.StartServiceAsync("scheduler", builder => builder.AddScheduler(), app => app.MapScheduler());
        }

        await host.StartEdgeAsync(map, listen);
        return host;
    }

    /// <summary>Stops the process that faces the world, as SIGTERM does.</summary>
    public Task StopEdgeAsync() => _apps[^1].StopAsync(Wait.Cancelled);

    /// <summary>A line in the log of one of the processes.</summary>
    public void Log(string message) => File.AppendAllText(
        Path.Combine(Directory.CreateDirectory(Path.Combine(_state.FullName, "logs")).FullName, "app-2026-01-01.log"),
        new JsonObject { ["level"] = "info", ["time"] = "2026-01-01T00:00:00.123Z", ["pid"] = 7, ["service"] = "xopc", ["module"] = "Xopc.Test", ["msg"] = message }.ToJsonString() + "\n");

    public Task StopServiceAsync(string service) => _services[service].StopAsync(Wait.Cancelled);

    /// <summary>A key that the edge's own database holds, as the command line makes it: also one that has expired already.</summary>
    public async Task<string> CreateKeyAsync(ApiKeyRequest request)
    {
        var created = await _apps[^1].Services.GetRequiredService<ApiKeyStore>().CreateAsync(request, Principal.Operator, Wait.Cancelled);
        return created.Text ?? throw new InvalidOperationException(created.Problem);
    }

    /// <summary>A request with the main token, or with another credential.</summary>
    public HttpRequestMessage Request(HttpMethod method, string target, JsonNode? body = null, string? credential = null)
    {
        var request = Anonymous(method, target, body);
        request.Headers.TryAddWithoutValidation("Authorization", "Bearer " + (credential ?? MainToken));
        return request;
    }

    public HttpRequestMessage Anonymous(HttpMethod method, string target, JsonNode? body = null)
    {
        var request = new HttpRequestMessage(method, new Uri(Address, target));
        if (body is not null)
        {
            request.Content = new StringContent(body.ToJsonString(), null, "application/json");
        }

        return request;
    }

    public async Task<JsonObject> AskAsync(HttpMethod method, string target, JsonNode? body = null, string? credential = null)
    {
        using var request = Request(method, target, body, credential);
        using var response = await Client.SendAsync(request, Wait.Cancelled);
        var text = await response.Content.ReadAsStringAsync(Wait.Cancelled);
        Assert.True(response.IsSuccessStatusCode, $"{method} {target}: {(int)response.StatusCode} {text}");
        return JsonNode.Parse(text)!.AsObject();
    }

    public async ValueTask DisposeAsync()
    {
        Client.Dispose();
        foreach (var app in Enumerable.Reverse(_apps))
        {
            await app.DisposeAsync();
        }

        await Model.DisposeAsync();
        await Telegram.DisposeAsync();
        Leftovers.Delete(_state.FullName);
    }

    private static List<RouteEndpoint> EndpointsOf(WebApplication app) =>
        [.. ((IEndpointRouteBuilder)app).DataSources.SelectMany(source => source.Endpoints).OfType<RouteEndpoint>()];

    private static Uri AddressOf(WebApplication app) => new(app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Single());

    private async Task StartServiceAsync(string name, Action<WebApplicationBuilder> add, Action<WebApplication> map)
    {
        var builder = Builder("xopc-" + name);
        builder.AddInstallationTrust(builder.StartupPaths().CredentialsDirectory);
        add(builder);
        var app = builder.Build();
        app.UseApiErrors().UseRouting().UseSignedPrincipal().UseScopes();
        app.MapDefaultEndpoints();
        map(app);
        await StartAsync(app);
        _services[name] = app;
    }

    private async Task StartEdgeAsync(Action<WebApplication>? map, Action<ListenOptions>? listen)
    {
        var builder = Builder("xopc", listen);
        if (!_bundle)
        {
            builder.AddAgents().AddScheduler().AddChannels();
        }

        builder.AddGateway(edge =>
        {
            edge.Proxy = _bundle;
            foreach (var (name, service) in _services)
            {
                edge.Destinations[name] = [AddressOf(service).ToString()];
            }
        });
        var app = builder.Build();
        app.UseXopcEdge();
        if (!_bundle)
        {
            app.MapAgents().MapScheduler().MapChannels();
        }

        app.MapGateway();
        await StartAsync(app);
        Address = AddressOf(app);
    }

    private async Task StartAsync(WebApplication app)
    {
        _apps.Add(app);
        await app.StartAsync(Wait.Cancelled);
    }

    private WebApplicationBuilder Builder(string service, Action<ListenOptions>? listen = null)
    {
        var builder = WebApplication.CreateSlimBuilder(new WebApplicationOptions { EnvironmentName = "Production" });
        builder.AddXopcConfiguration(name => name switch
        {
            "XOPC_STATE_DIR" or "HOME" => _state.FullName,
            "XOPC_GATEWAY_TOKEN" when !_generated => Token,
            "XOPC_DETECT_OLLAMA" => "false",
            _ => null,
        });
        builder.AddServiceDefaults(service);
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0, options => listen?.Invoke(options)));
        return builder;
    }

    private JsonObject TelegramSection() => new()
    {
        ["apiRoot"] = Telegram.Address.ToString().TrimEnd('/'),
        ["accounts"] = new JsonObject
        {
            ["default"] = new JsonObject { ["botToken"] = Bot.Token },
            ["hook"] = new JsonObject { ["botToken"] = Hook.Token, ["webhook"] = new JsonObject { ["url"] = "http://127.0.0.1:9", ["secret"] = HookSecret } }, // nobody listens there
        },
    };

    private async Task WriteStateAsync()
    {
        await File.WriteAllTextAsync(Path.Combine(_state.FullName, "models.json"), new JsonObject
        {
            ["providers"] = new JsonObject
            {
                ["fake"] = new JsonObject
                {
                    ["baseUrl"] = Model.BaseUrl.ToString(), ["apiKey"] = Canary.MakeValue(), ["api"] = "openai-completions",
                    ["models"] = new JsonArray(new JsonObject { ["id"] = "echo" }, new JsonObject { ["id"] = "tools-current_time+think" }),
                },
            },
        }.ToJsonString());
        var credentials = Directory.CreateDirectory(Path.Combine(_state.FullName, "credentials"));
        await File.WriteAllTextAsync(Path.Combine(credentials.FullName, GatewayTokenFile.FileName), Token);
        await File.WriteAllTextAsync(Path.Combine(_state.FullName, "xopc.json"), new JsonObject
        {
            ["agents"] = new JsonObject { ["defaults"] = new JsonObject { ["model"] = "fake/echo" } },
            ["session"] = new JsonObject { ["autoTitle"] = "first-line" },
            ["channels"] = new JsonObject { ["telegram"] = TelegramSection() },
            ["gateway"] = new JsonObject
            {
                // Thousands of requests of one caller in a few seconds, on purpose.
                ["rateLimit"] = new JsonObject { ["requestsPerSecond"] = 100_000, ["burst"] = 1_000_000, ["modelRequestsPerMinute"] = 1_000_000, ["modelBurst"] = 1_000_000 },
            },
        }.ToJsonString());
    }
}
