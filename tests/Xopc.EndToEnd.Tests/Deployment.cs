using System.Text;
using System.Text.Json.Nodes;
using Xopc.Testing.Models;
using Xopc.Testing.Redis;

namespace Xopc.EndToEnd.Tests;

/// <summary>Xopc as people run it: real processes, a state directory of its own, a fake model server at its edge.</summary>
internal sealed class Deployment : IAsyncDisposable
{
    private readonly string? _redis;
    private readonly List<XopcProcess> _processes = [];
    private readonly RedisServer? _redisServer;
    private readonly string _home;
    private int _port;

    private Deployment(string home, FakeOpenAiServer model, RedisServer? redis, string? connection)
    {
        (_home, Model, _redisServer, _redis) = (home, model, redis, connection);
        Client = new HttpClient { Timeout = Wait.Generous };
    }

    public FakeOpenAiServer Model { get; }

    public HttpClient Client { get; }

    public Uri Url => new($"http://127.0.0.1:{_port}");

    public string Token { get; } = "0123456789abcdef0123456789abcdef0123456789abcdef";

    /// <param name="bundle">Four processes over a Redis of their own instead of one.</param>
    public static async Task<Deployment> StartAsync(bool bundle)
    {
        var home = Directory.CreateTempSubdirectory("xopc-e2e-").FullName;
        var model = await FakeOpenAiServer.StartAsync();
        var redis = bundle ? await RedisServer.StartAsync(appendOnly: true, Wait.Cancelled) : null;
        var deployment = new Deployment(home, model, redis, redis?.ConnectionString);
        var state = Path.Combine(home, "state");
        Directory.CreateDirectory(state);
        await File.WriteAllTextAsync(Path.Combine(state, "models.json"), new JsonObject
        {
            ["providers"] = new JsonObject
            {
                ["fake"] = new JsonObject
                {
                    ["baseUrl"] = model.BaseUrl.ToString(), ["apiKey"] = "k", ["api"] = "openai-completions", ["models"] = new JsonArray(new JsonObject { ["id"] = "echo" }),
                },
            },
        }.ToJsonString());
        await File.WriteAllTextAsync(Path.Combine(state, "xopc.json"), new JsonObject
        {
            ["agents"] = new JsonObject { ["defaults"] = new JsonObject { ["model"] = "fake/echo" } },
            ["session"] = new JsonObject { ["autoTitle"] = "first-line" },
        }.ToJsonString());
        await deployment.StartProcessesAsync();
        return deployment;
    }

    /// <summary>The process that runs the turns.</summary>
    public XopcProcess Agents => _processes[0];

    public bool IsBundle => _redis is not null;

    public RedisServer Redis => _redisServer ?? throw new InvalidOperationException("One process has no Redis.");

    public async Task StartProcessesAsync()
    {
        if (_redis is null)
        {
            _processes.Add(Start("gateway", "--port", _port.ToString()));
            _port = (await _processes[0].UrlAsync()).Port;
            return;
        }

        _processes.Add(Start("gateway", "--role", "agents"));
        _processes.Add(Start("gateway", "--role", "channels"));
        _processes.Add(Start("gateway", "--role", "scheduler"));
        var edge = Start("gateway", "--role", "edge", "--port", _port.ToString());
        _processes.Add(edge);
        _port = (await edge.UrlAsync()).Port;
        await AnswersAsync();
    }

    /// <summary>Kills the process of the turns without a word and starts it again.</summary>
    public async Task KillAndRestartAgentsAsync()
    {
        await _processes[0].KillAsync();
        await StartAgentsAsync();
    }

    public async Task StartAgentsAsync()
    {
        _processes[0] = IsBundle ? Start("gateway", "--role", "agents") : Start("gateway", "--port", _port.ToString());
        if (!IsBundle)
        {
            await _processes[0].UrlAsync();
        }

        await AnswersAsync();
    }

    public HttpRequestMessage Request(HttpMethod method, string path, string? json = null, params (string Name, string Value)[] headers)
    {
        var request = new HttpRequestMessage(method, new Uri(Url, path));
        request.Headers.TryAddWithoutValidation("Authorization", "Bearer " + Token);
        if (json is not null)
        {
            request.Content = new StringContent(json, Encoding.UTF8, "application/json");
        }

        foreach (var (name, value) in headers)
        {
            request.Headers.TryAddWithoutValidation(name, value);
        }

        return request;
    }

    public async Task<(int Status, JsonNode? Body)> SendAsync(HttpMethod method, string path, string? json = null, params (string Name, string Value)[] headers)
    {
        using var request = Request(method, path, json, headers);
        using var response = await Client.SendAsync(request, Wait.Cancelled);
        var text = await response.Content.ReadAsStringAsync(Wait.Cancelled);
        return ((int)response.StatusCode, text.StartsWith('{') ? JsonNode.Parse(text) : null);
    }

    public Task<(int Status, JsonNode? Body)> AskAsync(string message, string session = "default", params (string Name, string Value)[] headers) =>
        SendAsync(HttpMethod.Post, "/api/agent", new JsonObject { ["message"] = message, ["session"] = session }.ToJsonString(), headers);

    public async Task<SseStream> StreamAsync(HttpMethod method, string path, string? json = null, string? lastEventId = null)
    {
        using var request = Request(method, path, json, ("Accept", "text/event-stream"));
        if (lastEventId is not null)
        {
            request.Headers.TryAddWithoutValidation("Last-Event-ID", lastEventId);
        }

        var response = await Client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, Wait.Cancelled);
        Assert.Equal(200, (int)response.StatusCode);
        return new SseStream(response, await response.Content.ReadAsStreamAsync(Wait.Cancelled));
    }

    public async Task<List<(string Role, string Content, string? Stop)>> TranscriptAsync(string session)
    {
        var (status, body) = await SendAsync(HttpMethod.Get, $"/api/sessions/main:webchat:default:direct:{session}?limit=200");
        Assert.Equal(200, status);
        return [.. body!["session"]!["messages"]!.AsArray().Select(m => ((string)m!["role"]!, (string)m["content"]!, (string?)m["stopReason"]))];
    }

    /// <summary>Waits until the service behind the edge answers.</summary>
    public Task AnswersAsync() => Wait.UntilAsync(
        async () =>
        {
            try
            {
                return (await SendAsync(HttpMethod.Get, "/api/sessions?limit=1")).Status == 200;
            }
            catch (HttpRequestException)
            {
                return false;
            }
        },
        () => "The gateway did not answer.\n" + Screens());

    public string Screens() => string.Join("\n---\n", _processes.Select(process => process.Screen));

    public async ValueTask DisposeAsync()
    {
        Client.Dispose();
        foreach (var process in _processes)
        {
            await process.DisposeAsync();
        }

        if (_redisServer is not null)
        {
            await _redisServer.DisposeAsync();
        }

        await Model.DisposeAsync();
        Directory.Delete(_home, recursive: true);
    }

    private XopcProcess Start(params string[] args)
    {
        var environment = new Dictionary<string, string>
        {
            ["XOPC_GATEWAY_TOKEN"] = Token, ["XOPC_DETECT_OLLAMA"] = "false", ["XOPC_LOG_LEVEL"] = "warn",
        };
        if (_redis is not null)
        {
            environment["ConnectionStrings__redis"] = _redis;
        }

        return XopcProcess.Start(_home, environment, args);
    }
}
