using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.TestHost;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Xopc.Configuration;
using Xopc.Contracts;
using Xopc.ServiceDefaults;
using Xopc.ServiceDefaults.Http;
using Xopc.Testing.Canaries;
using Xopc.Testing.Http;

namespace Xopc.Agents.Tests;

/// <summary>The agents service with a real database in a directory of its own, behind the edge's last step: whoever the header names has been authenticated.</summary>
internal sealed class AgentsHost : IAsyncDisposable
{
    public static readonly TimeSpan Generous = TimeSpan.FromSeconds(60);

    private readonly WebApplication _app;
    private readonly bool _ownsState;

    private AgentsHost(WebApplication app, string state, bool ownsState)
    {
        _app = app;
        _ownsState = ownsState;
        State = state;
        Client = app.Urls.FirstOrDefault() is { } url ? new HttpClient { BaseAddress = new Uri(url) } : app.GetTestClient();
        Client.Timeout = Generous;
    }

    public string State { get; }

    public HttpClient Client { get; }

    public IServiceProvider Services => _app.Services;

    public static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    /// <param name="state">The directory of an earlier host, to be opened again; null for a fresh one.</param>
    /// <param name="build">Changes what the host is made of: its clock, its loggers, its services.</param>
    /// <param name="overHttp">Listens on a port instead of answering in memory.</param>
    public static async Task<AgentsHost> StartAsync(
        Uri? model = null, string? state = null, Action<JsonObject>? configure = null, Action<WebApplicationBuilder>? build = null, bool overHttp = false)
    {
        var directory = state ?? Directory.CreateTempSubdirectory("xopc-agents-").FullName;
        var config = new JsonObject { ["gateway"] = new JsonObject { ["auth"] = new JsonObject { ["mode"] = "none" } }, ["session"] = new JsonObject { ["autoTitle"] = "first-line" } };
        if (model is not null)
        {
            config["agents"] = new JsonObject { ["defaults"] = new JsonObject { ["model"] = "fake/echo" } };
            await File.WriteAllTextAsync(Path.Combine(directory, "models.json"), Models(model), Cancelled);
        }

        configure?.Invoke(config);
        await File.WriteAllTextAsync(Path.Combine(directory, "xopc.json"), config.ToJsonString(), Cancelled);

        var builder = WebApplication.CreateSlimBuilder(new WebApplicationOptions { EnvironmentName = "Production" });
        if (overHttp)
        {
            builder.WebHost.UseKestrel(static kestrel => kestrel.Listen(IPAddress.Loopback, 0));
        }
        else
        {
            builder.WebHost.UseTestServer();
        }

        builder.Logging.ClearProviders();
        builder.AddXopcConfiguration(name => name switch
        {
            "XOPC_STATE_DIR" or "HOME" => directory,
            "XOPC_DETECT_OLLAMA" => "false",
            _ => null,
        });
        builder.AddServiceDefaults("xopc-agents");
        builder.AddAgents();
        build?.Invoke(builder);
        var app = builder.Build();
        app.UseApiErrors();
        app.Use((context, next) =>
        {
            context.SetPrincipal(context.Request.Headers["X-Test-Principal"].ToString() is { Length: > 0 } json
                ? JsonSerializer.Deserialize(json, ContractsJson.Default.Principal)!
                : Principal.Operator);
            return next(context);
        });
        app.UseScopes();
        app.MapAgents();
        await app.StartAsync(Cancelled);
        return new AgentsHost(app, directory, state is null);
    }

    public async Task<(int Status, JsonNode? Body)> SendAsync(HttpMethod method, string path, JsonNode? body = null, params (string Name, string Value)[] headers)
    {
        using var request = new HttpRequestMessage(method, path);
        if (body is not null)
        {
            request.Content = new StringContent(body.ToJsonString(), Encoding.UTF8, "application/json");
        }

        foreach (var (name, value) in headers)
        {
            request.Headers.TryAddWithoutValidation(name, value);
        }

        using var response = await Client.SendAsync(request, Cancelled);
        var text = await response.Content.ReadAsStringAsync(Cancelled);
        return ((int)response.StatusCode, text.Length == 0 ? null : JsonNode.Parse(text));
    }

    public Task<(int Status, JsonNode? Body)> AskAsync(string message, string session = "default", params (string Name, string Value)[] headers) =>
        SendAsync(HttpMethod.Post, "/api/agent", new JsonObject { ["message"] = message, ["session"] = session }, headers);

    public Task<(int Status, JsonNode? Body)> GetAsync(string path, params (string Name, string Value)[] headers) => SendAsync(HttpMethod.Get, path, null, headers);

    /// <summary>Opens an SSE response.</summary>
    public async Task<SseReader> StreamAsync(HttpMethod method, string path, JsonNode? body = null, string? lastEventId = null)
    {
        using var request = new HttpRequestMessage(method, path);
        request.Headers.Accept.Add(new MediaTypeWithQualityHeaderValue("text/event-stream"));
        if (body is not null)
        {
            request.Content = new StringContent(body.ToJsonString(), Encoding.UTF8, "application/json");
        }

        if (lastEventId is not null)
        {
            request.Headers.TryAddWithoutValidation("Last-Event-ID", lastEventId);
        }

        var response = await Client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, Cancelled);
        Assert.Equal(200, (int)response.StatusCode);
        return new SseReader(response, await response.Content.ReadAsStreamAsync(Cancelled), Generous, breakIsEnd: false, Cancelled);
    }

    /// <summary>Roles and contents of a session's transcript, in order.</summary>
    public async Task<List<(string Role, string Content)>> TranscriptAsync(string session)
    {
        var (status, body) = await GetAsync($"/api/sessions/{Uri.EscapeDataString(session)}?limit=200");
        Assert.Equal(200, status);
        return [.. body!["session"]!["messages"]!.AsArray().Select(message => ((string)message!["role"]!, (string)message["content"]!))];
    }

    public T Get<T>() where T : notnull => Services.GetRequiredService<T>();

    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        if (_ownsState)
        {
            Leftovers.Delete(State);
        }
    }

    /// <summary>Stops gracefully and leaves the directory.</summary>
    public async Task StopAsync()
    {
        Client.Dispose();
        await _app.StopAsync(CancellationToken.None);
        await _app.DisposeAsync();
    }

    private static string Models(Uri model) => new JsonObject
    {
        ["providers"] = new JsonObject
        {
            ["fake"] = new JsonObject
            {
                ["baseUrl"] = model.ToString(), ["apiKey"] = Canary.MakeValue(), ["api"] = "openai-completions",
                ["models"] = new JsonArray(new JsonObject { ["id"] = "echo", ["input"] = new JsonArray("text", "image") }, new JsonObject { ["id"] = "blind" }),
            },
        },
    }.ToJsonString();
}
