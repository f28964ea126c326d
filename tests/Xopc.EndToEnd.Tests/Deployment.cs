using System.Text.Json.Nodes;
using Microsoft.Data.Sqlite;
using Xopc.Contracts;
using Xopc.ServiceDefaults.Trust;
using Xopc.Testing.Canaries;
using Xopc.Testing.Http;
using Xopc.Testing.Models;
using Xopc.Testing.Redis;

namespace Xopc.EndToEnd.Tests;

/// <summary>Xopc as people run it: real processes, a state directory of its own, a fake model server at its edge.</summary>
internal sealed class Deployment : IAsyncDisposable
{
    private readonly Shape _shape;
    private readonly string _home;
    private readonly RedisServer? _redis;
    private readonly IReadOnlyDictionary<string, string> _settings;
    private readonly XopcProcess[] _agents;
    private readonly Uri?[] _replicas;
    private readonly string _replicaScheme;
    private XopcProcess[] _workers = [];
    private Uri?[] _workerUrls = [];
    private readonly List<XopcProcess> _all = [];
    private readonly List<GatewayClient> _clients = [];
    private readonly GatewayClient _client;
    private XopcProcess? _edge;
    private XopcProcess? _channels;
    private XopcProcess? _scheduler;
    private Uri? _another;
    private int _port;
    private string _scheme = Uri.UriSchemeHttp;
    private bool _keptToken;

    private Deployment(Shape shape, string home, string token, FakeOpenAiServer model, RedisServer? redis, IReadOnlyDictionary<string, string> settings)
    {
        (_shape, _home, Token, Model, _redis, _settings) = (shape, home, token, model, redis, settings);
        _agents = new XopcProcess[shape == Shape.TwoReplicas ? 2 : 1];
        _replicas = new Uri?[_agents.Length];
        _replicaScheme = settings.ContainsKey("Kestrel__Certificates__Default__Path") ? Uri.UriSchemeHttps : Uri.UriSchemeHttp;
        var http = NewClient();
        http.DefaultRequestHeaders.TryAddWithoutValidation("Authorization", "Bearer " + Token);
        _client = new GatewayClient(http, () => Url);
        _clients.Add(_client);
    }

    public FakeOpenAiServer Model { get; }

    /// <summary>Sends what it is told, without the token.</summary>
    public HttpClient Client { get; } = NewClient();

    /// <summary>At the edge, with the token.</summary>
    public GatewayClient Edge => _client;

    public Uri Url => new($"{_scheme}://127.0.0.1:{_port}");

    /// <summary>The process that faces the world.</summary>
    public XopcProcess Front => _edge ?? _agents[0];

    public string Token { get; }

    /// <summary>Home of the person whose processes these are.</summary>
    public string Home => _home;

    public string State => Path.Combine(_home, "state");

    /// <summary>Everything that was started, commands too, whether it still runs or not.</summary>
    public IReadOnlyList<XopcProcess> Processes => _all;

    /// <summary>The process that runs the turns; the first of two.</summary>
    public XopcProcess Agents => _agents[0];

    public RedisServer Redis => _redis ?? throw new InvalidOperationException("One process has no Redis.");

    /// <param name="shape">How it runs.</param>
    /// <param name="settings">More environment for every process. With a certificate for Kestrel the two replicas speak TLS.</param>
    /// <param name="keptToken">The token lies in the file of the generated one instead of coming from the environment.</param>
    /// <param name="beforeStart">Runs when everything is prepared and nothing runs yet.</param>
    /// <param name="token">What callers present, where the test has an opinion.</param>
    /// <param name="channelWorkers">Processes that talk to the platforms, over one database file; more than one in a bundle only.</param>
    public static async Task<Deployment> StartAsync(
        Shape shape, IReadOnlyDictionary<string, string>? settings = null, bool keptToken = false, Func<Deployment, Task>? beforeStart = null, string? token = null,
        int channelWorkers = 1)
    {
        var home = Directory.CreateTempSubdirectory("xopc-e2e-").FullName;
        var model = await FakeOpenAiServer.StartAsync();
        var redis = shape == Shape.OneProcess ? null : await RedisServer.StartAsync(appendOnly: true, Wait.Cancelled);
        var deployment = new Deployment(shape, home, token ?? Canary.MakeValue(), model, redis, settings ?? new Dictionary<string, string>());
        Directory.CreateDirectory(deployment.State);
        await File.WriteAllTextAsync(Path.Combine(deployment.State, "models.json"), new JsonObject
        {
            ["providers"] = new JsonObject
            {
                ["fake"] = new JsonObject
                {
                    ["baseUrl"] = model.BaseUrl.ToString(), ["apiKey"] = Canary.MakeValue(), ["api"] = "openai-completions",
                    ["models"] = new JsonArray([.. Models.Select(name => new JsonObject { ["id"] = name })]),
                },
            },
        }.ToJsonString());
        await File.WriteAllTextAsync(Path.Combine(deployment.State, "xopc.json"), new JsonObject
        {
            ["agents"] = new JsonObject { ["defaults"] = new JsonObject { ["model"] = "fake/echo" } },
            ["session"] = new JsonObject { ["autoTitle"] = "first-line" },
        }.ToJsonString());
        if (keptToken)
        {
            deployment._keptToken = true;
            var credentials = Directory.CreateDirectory(Path.Combine(deployment.State, "credentials"));
            await File.WriteAllTextAsync(Path.Combine(credentials.FullName, "gateway-token"), deployment.Token);
        }

        (deployment._workers, deployment._workerUrls) = (new XopcProcess[channelWorkers], new Uri?[channelWorkers]);
        try
        {
            await (beforeStart?.Invoke(deployment) ?? Task.CompletedTask);
            await deployment.StartProcessesAsync();
            return deployment;
        }
        catch
        {
            await deployment.DisposeAsync(); // nobody else can: what came up would stay
            throw;
        }
    }

    /// <summary>A command of the same installation, to its end; everything it said.</summary>
    public Task<string> RunAsync(params string[] args) => Start([], args).EndsAsync();

    /// <summary>The same, whatever its exit code.</summary>
    public Task<int> TryAsync(params string[] args) => Start([], args).ExitsAsync();

    /// <summary>What the fake model server is asked for; what they do is said there.</summary>
    public static IReadOnlyList<string> Models { get; } = ["echo", "slow", "tools"];

    /// <summary>Kills the process of the turns without a word and starts it again.</summary>
    public async Task KillAndRestartAgentsAsync()
    {
        await _agents[0].KillAsync();
        await StartAgentsAsync();
    }

    /// <summary>The same with the process that talks to the platforms.</summary>
    public async Task KillAndRestartChannelsAsync()
    {
        if (_channels is null)
        {
            await KillAndRestartAgentsAsync();
            return;
        }

        await _channels.KillAsync();
        _channels = Start([], "gateway", "--role", "channels");
    }

    /// <summary>The same with the process that keeps the time.</summary>
    public async Task KillAndRestartSchedulerAsync()
    {
        if (_scheduler is null)
        {
            await KillAndRestartAgentsAsync();
            return;
        }

        await _scheduler.KillAsync();
        _scheduler = Start([], "gateway", "--role", "scheduler");
    }

    /// <summary>Stops one of several workers as a supervisor does, and starts it again on its port. Returns its exit code.</summary>
    public async Task<int> StopAndRestartWorkerAsync(int worker)
    {
        var code = await _workers[worker].TerminateAsync();
        await StartWorkerAsync(worker);
        return code;
    }

    /// <summary>The same with kill -9.</summary>
    public async Task KillAndRestartWorkerAsync(int worker)
    {
        await _workers[worker].KillAsync();
        await StartWorkerAsync(worker);
    }

    public async Task StartAgentsAsync(int replica = 0)
    {
        _agents[replica] = await StartOneAsync(replica);
        await _client.AnswersAsync(Screens);
    }

    /// <summary>Waits until one of the processes that should run does not.</summary>
    public Task SomeoneDiesAsync() => Task.WhenAny(Running().Select(process => process.DiesAsync()));

    /// <summary>Starts again whatever is dead.</summary>
    /// <param name="waits">Until it is ready. False where it will die again before it is.</param>
    public async Task StartDeadAsync(bool waits)
    {
        if (!_agents[0].Runs)
        {
            _agents[0] = _shape == Shape.OneProcess ? Start([], "gateway", "--port", _port.ToString()) : Start([], "gateway", "--role", "agents");
        }

        if (_channels is { Runs: false })
        {
            _channels = Start([], "gateway", "--role", "channels");
        }

        if (_scheduler is { Runs: false })
        {
            _scheduler = Start([], "gateway", "--role", "scheduler");
        }

        if (_edge is { Runs: false })
        {
            _edge = Start([], "gateway", "--role", "edge", "--port", _port.ToString());
        }

        if (waits)
        {
            await _client.AnswersAsync(Screens);
        }
    }

    private IEnumerable<XopcProcess> Running() => new[] { _agents[0], _channels, _scheduler, _edge }.OfType<XopcProcess>();

    public Task KillReplicaAsync(int replica) => _agents[replica].KillAsync();

    /// <summary>Sends a signal: <c>STOP</c> puts a replica to sleep, <c>CONT</c> wakes it.</summary>
    public Task SignalReplicaAsync(int replica, string signal) => _agents[replica].SignalAsync(signal);

    public async Task KillAndRestartEdgeAsync()
    {
        await _edge!.KillAsync();
        await StartEdgeAsync();
    }

    /// <summary>Stops the edge as a supervisor does, and starts it again on its port. Returns its exit code.</summary>
    public async Task<int> StopAndRestartEdgeAsync()
    {
        var code = await _edge!.TerminateAsync();
        await StartEdgeAsync();
        return code;
    }

    /// <summary>The same with the process that runs the turns.</summary>
    public async Task<int> StopAndRestartAgentsAsync()
    {
        var code = await _agents[0].TerminateAsync();
        await StartAgentsAsync();
        return code;
    }

    /// <summary>One more edge on a port of its own; a client of it, with that credential.</summary>
    public async Task<GatewayClient> AnotherEdgeAsync(string credential)
    {
        if (_another is null)
        {
            using var free = new System.Net.Sockets.TcpListener(System.Net.IPAddress.Loopback, 0);
            free.Start();
            var port = ((System.Net.IPEndPoint)free.LocalEndpoint).Port;
            free.Stop();
            _another = await Start([], "gateway", "--role", "edge", "--port", $"{port}").UrlAsync();
        }

        var http = NewClient();
        http.DefaultRequestHeaders.TryAddWithoutValidation("Authorization", "Bearer " + credential);
        var client = new GatewayClient(http, () => _another);
        _clients.Add(client);
        await client.AnswersAsync(Screens);
        return client;
    }

    /// <summary>Past the edge, straight at one agents process, with the edge's signature.</summary>
    public GatewayClient Replica(int replica)
    {
        var keys = InstallationKeys.LoadOrCreate(Path.Combine(State, "credentials"), TimeProvider.System);
        var signing = new SignedPrincipalHandler(new PrincipalSigner(keys, TimeProvider.System), Principal.Operator) { InnerHandler = new SocketsHttpHandler() };
        var client = new GatewayClient(new HttpClient(signing) { Timeout = Wait.Generous }, () => _replicas[replica]!);
        _clients.Add(client);
        return client;
    }

    public HttpRequestMessage Request(HttpMethod method, string path, string? json = null, params (string Name, string Value)[] headers) =>
        _client.Request(method, path, json, [.. headers, ("Authorization", "Bearer " + Token)]);

    public Task<(int Status, JsonNode? Body)> SendAsync(HttpMethod method, string path, string? json = null, params (string Name, string Value)[] headers) =>
        _client.SendAsync(method, path, json, headers);

    public Task<(int Status, JsonNode? Body)> AskAsync(string message, string session = "default", params (string Name, string Value)[] headers) =>
        _client.AskAsync(message, session, headers);

    /// <summary>Asks again until the answer says so.</summary>
    public Task SaysAsync(string path, Func<JsonNode, bool> condition)
    {
        JsonNode? last = null;
        return Wait.UntilAsync(
            async () => (await SendAsync(HttpMethod.Get, path)) is { Status: 200, Body: { } body } && condition(last = body), () => $"{path} says {last}\n{Screens()}");
    }

    public Task<SseReader> StreamAsync(HttpMethod method, string path, string? json = null, string? lastEventId = null) =>
        _client.StreamAsync(method, path, json, lastEventId);

    public Task<List<(string Role, string Content, string? Stop)>> TranscriptAsync(string session) => _client.TranscriptAsync(session);

    /// <summary>A number from a service's database, read beside the processes that have it open.</summary>
    public async Task<long> CountAsync(string sql, string database = "agents")
    {
        await using var connection = new SqliteConnection($"Data Source={Path.Combine(State, "data", $"{database}.db")};Mode=ReadOnly;Pooling=False");
        await connection.OpenAsync(Wait.Cancelled);
        await using var command = connection.CreateCommand();
        command.CommandText = sql;
        return Convert.ToInt64(await command.ExecuteScalarAsync(Wait.Cancelled));
    }

    public string Screens() => string.Join("\n---\n", _all.Select(process => process.Screen));

    public async ValueTask DisposeAsync()
    {
        Client.Dispose();
        _clients.ForEach(client => client.Dispose());
        foreach (var process in _all)
        {
            await process.DisposeAsync();
        }

        if (_redis is not null)
        {
            await _redis.DisposeAsync();
        }

        await Model.DisposeAsync();
        Leftovers.Delete(_home);
    }

    private async Task StartProcessesAsync()
    {
        for (var i = 0; i < _agents.Length; i++)
        {
            _agents[i] = await StartOneAsync(i);
        }

        if (_shape != Shape.OneProcess)
        {
            if (_workers.Length == 1)
            {
                _channels = Start([], "gateway", "--role", "channels");
            }

            for (var i = 0; _workers.Length > 1 && i < _workers.Length; i++)
            {
                await StartWorkerAsync(i);
            }

            _scheduler = Start([], "gateway", "--role", "scheduler");
            await StartEdgeAsync();
        }

        await _client.AnswersAsync(Screens);
    }

    private async Task<XopcProcess> StartOneAsync(int replica)
    {
        switch (_shape)
        {
            case Shape.OneProcess:
                var whole = Start([], "gateway", "--port", _port.ToString());
                IsAt(await whole.UrlAsync());
                return whole;
            case Shape.Bundle:
                return Start([], "gateway", "--role", "agents");
            default:
                // A port of its own, kept over restarts: the edge is told once.
                var process = Start([("ASPNETCORE_URLS", $"{_replicaScheme}://127.0.0.1:{_replicas[replica]?.Port ?? 0}")], "gateway", "--role", "agents");
                _replicas[replica] = await process.UrlAsync();
                return process;
        }
    }

    private async Task StartWorkerAsync(int worker)
    {
        _workers[worker] = Start([("ASPNETCORE_URLS", $"http://127.0.0.1:{_workerUrls[worker]?.Port ?? 0}")], "gateway", "--role", "channels");
        _workerUrls[worker] = await _workers[worker].UrlAsync();
    }

    private async Task StartEdgeAsync()
    {
        (string, string)[] services =
        [
            .. _shape == Shape.TwoReplicas ? _replicas.Select((url, i) => ($"services__xopc-agents__{_replicaScheme}__{i}", $"{_replicaScheme}://localhost:{url!.Port}")) : [],
            .. _workers.Length > 1 ? _workerUrls.Select((url, i) => ($"services__xopc-channels__http__{i}", url!.ToString())) : [],
        ];
        _edge = Start(services, "gateway", "--role", "edge", "--port", _port.ToString());
        IsAt(await _edge.UrlAsync());
    }

    private void IsAt(Uri address) => (_scheme, _port) = (address.Scheme, address.Port);

#pragma warning disable CA5359 // a certificate of the test's own, on loopback
    private static HttpClient NewClient()
    {
        var handler = new SocketsHttpHandler { UseProxy = false };
        handler.SslOptions.RemoteCertificateValidationCallback = (_, _, _, _) => true;
        return new HttpClient(handler) { Timeout = Wait.Generous };
    }
#pragma warning restore CA5359

    private XopcProcess Start((string Name, string Value)[] own, params string[] args)
    {
        var environment = new Dictionary<string, string>(_settings)
        {
            ["XOPC_GATEWAY_TOKEN"] = Token, ["XOPC_DETECT_OLLAMA"] = "false", ["XOPC_LOG_LEVEL"] = "warn",
        };
        if (_keptToken)
        {
            environment.Remove("XOPC_GATEWAY_TOKEN");
        }

        if (_redis is not null)
        {
            environment["ConnectionStrings__redis"] = _redis.ConnectionString;
        }

        foreach (var (name, value) in own)
        {
            environment[name] = value;
        }

        var process = XopcProcess.Start(_home, environment, args);
        _all.Add(process);
        return process;
    }
}
