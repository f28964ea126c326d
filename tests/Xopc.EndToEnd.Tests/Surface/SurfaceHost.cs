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
using Xopc.Scheduler;
using Xopc.ServiceDefaults;
using Xopc.ServiceDefaults.Http;
using Xopc.ServiceDefaults.Trust;
using Xopc.Testing.Models;

namespace Xopc.EndToEnd.Tests.Surface;

/// <summary>
/// All of Xopc in this process, on real listeners: as one, or as an edge that forwards to three services. The endpoint tables can be read, so that tests follow
/// whatever is mapped.
/// </summary>
internal sealed class SurfaceHost : IAsyncDisposable
{
    public const string Token = "0123456789abcdef0123456789abcdef0123456789abcdef";

    /// <summary>Names one of <see cref="Principals"/>, which then stands in the operator's place behind the authentication.</summary>
    public const string ActingHeader = "X-Test-Acts-As";

    private static readonly Dictionary<string, Principal> Principals = new(StringComparer.Ordinal)
    {
        ["reader"] = new("key:reader", OperatorScope.Read),
        ["stranger"] = new("key:stranger", OperatorScope.Admin, Agents: ["somebody-else"]),
    };

    private readonly List<WebApplication> _apps = [];
    private readonly Dictionary<string, WebApplication> _services = new(StringComparer.Ordinal);
    private readonly DirectoryInfo _state = Directory.CreateTempSubdirectory("xopc-surface-");
    private readonly bool _bundle;

    private SurfaceHost(bool bundle, FakeOpenAiServer model) => (_bundle, Model) = (bundle, model);

    public FakeOpenAiServer Model { get; }

    public Uri Address { get; private set; } = null!;

    /// <summary>At the edge, without a credential of its own.</summary>
    public HttpClient Client { get; } = new(new SocketsHttpHandler { UseProxy = false, AllowAutoRedirect = false }) { Timeout = Wait.Generous };

    /// <summary>Where a service of the bundle listens.</summary>
    public Uri AddressOf(string service) => AddressOf(_services[service]);

    /// <summary>What the processes map, of all of them.</summary>
    public IReadOnlyList<RouteEndpoint> Endpoints => [.. _apps.SelectMany(EndpointsOf)];

    /// <summary>What the process that faces the world maps.</summary>
    public IReadOnlyList<RouteEndpoint> EdgeEndpoints => EndpointsOf(_apps[^1]);

    /// <param name="bundle">An edge and three services, instead of everything in one.</param>
    /// <param name="map">More endpoints of the edge.</param>
    /// <param name="listen">Stands between the edge's listener and HTTP.</param>
    public static async Task<SurfaceHost> StartAsync(bool bundle, Action<WebApplication>? map = null, Action<ListenOptions>? listen = null)
    {
        var host = new SurfaceHost(bundle, await FakeOpenAiServer.StartAsync());
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

    public Task StopServiceAsync(string service) => _services[service].StopAsync(Wait.Cancelled);

    /// <summary>A request with the operator's token, or as one of the principals.</summary>
    public HttpRequestMessage Request(HttpMethod method, string target, JsonNode? body = null, string? actsAs = null)
    {
        var request = Anonymous(method, target, body);
        request.Headers.TryAddWithoutValidation("Authorization", "Bearer " + Token);
        if (actsAs is not null)
        {
            request.Headers.TryAddWithoutValidation(ActingHeader, actsAs);
        }

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

    public async Task<JsonObject> AskAsync(HttpMethod method, string target, JsonNode? body = null)
    {
        using var request = Request(method, target, body);
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
        _state.Delete(recursive: true);
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
        ActAs(app);
        if (!_bundle)
        {
            app.MapAgents().MapScheduler().MapChannels();
        }

        app.MapGateway();
        map?.Invoke(app);
        await StartAsync(app);
        Address = AddressOf(app);
    }

    // The installation has one credential; who else there could be is put in its place between the authentication and the very check of scopes that the edge has.
    private static void ActAs(WebApplication app)
    {
        app.Use((context, next) =>
        {
            if (context.FindPrincipal() is not null && Principals.TryGetValue(context.Request.Headers[ActingHeader].ToString(), out var principal))
            {
                context.SetPrincipal(principal);
            }

            return next(context);
        });
        app.UseScopes();
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
            "XOPC_GATEWAY_TOKEN" => Token,
            "XOPC_DETECT_OLLAMA" => "false",
            _ => null,
        });
        builder.AddServiceDefaults(service);
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0, options => listen?.Invoke(options)));
        return builder;
    }

    private async Task WriteStateAsync()
    {
        await File.WriteAllTextAsync(Path.Combine(_state.FullName, "models.json"), new JsonObject
        {
            ["providers"] = new JsonObject
            {
                ["fake"] = new JsonObject
                {
                    ["baseUrl"] = Model.BaseUrl.ToString(), ["apiKey"] = "k", ["api"] = "openai-completions",
                    ["models"] = new JsonArray(new JsonObject { ["id"] = "echo" }, new JsonObject { ["id"] = "tools-current_time+think" }),
                },
            },
        }.ToJsonString());
        await File.WriteAllTextAsync(Path.Combine(_state.FullName, "xopc.json"), new JsonObject
        {
            ["agents"] = new JsonObject { ["defaults"] = new JsonObject { ["model"] = "fake/echo" } },
            ["session"] = new JsonObject { ["autoTitle"] = "first-line" },
        }.ToJsonString());
    }
}
