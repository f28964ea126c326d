using Xopc.Load.Processes;

namespace Xopc.EdgeLoad.Hosts;

/// <summary>Starts the hosts, with a state directory that they share as the processes of an installation do.</summary>
/// <param name="sinkPort">Where telemetry goes; null: nowhere.</param>
internal sealed class Installation(IReadOnlyList<string> self, string directory, int? sinkPort, bool traceAll)
{
    /// <summary>48 hex digits: the shape of a generated token.</summary>
    public const string Token = "4f1d0b6c9a7e3582d1c4f7a0936be2581f0c7d3a9e6b4852";

    /// <summary>An origin that is allowed without a word in the configuration.</summary>
    public const string Origin = "http://127.0.0.1:3000";

    // Limits on, and too high for anybody to be refused.
    private const string Open = """{"gateway":{"rateLimit":{"exemptLoopback":false,"requestsPerSecond":100000,"burst":1000000}}}""";

    // Each request may say whom it comes from: a million clients on one machine.
    private const string BehindProxy = """
        {"gateway":{"trustedProxies":["127.0.0.1"],"rateLimit":{"exemptLoopback":false,"requestsPerSecond":100000,"burst":1000000},
        "auth":{"rateLimit":{"exemptLoopback":false}}}}
        """;

    private int _started;

    public string SocketOf(string service) => Path.Combine(directory, service + ".sock");

    public Task<ChildProcess> BareAsync(string socket, CancellationToken cancellationToken) => StartAsync("bare", [SocketOf(socket)], null, null, cancellationToken);

    public Task<ChildProcess> EdgeAsync(bool behindProxy, CancellationToken cancellationToken) =>
        StartAsync("edge", [], Own(behindProxy ? BehindProxy : Open), null, cancellationToken);

    public Task<ChildProcess> PlainProxyAsync(string socket, CancellationToken cancellationToken) => StartAsync("plain-proxy", [SocketOf(socket)], null, null, cancellationToken);

    public Task<ChildProcess> SignedServiceAsync(string socket, CancellationToken cancellationToken) => StartAsync("signed-service", [SocketOf(socket)], Shared(), null, cancellationToken);

    public Task<ChildProcess> ProxyingEdgeAsync(string socket, int? redisPort, CancellationToken cancellationToken) =>
        StartAsync("proxying-edge", [SocketOf(socket)], Shared(), redisPort, cancellationToken);

    public Task<ChildProcess> StartAsync(string host, CancellationToken cancellationToken) => StartAsync(host, [], null, null, cancellationToken);

    private async Task<ChildProcess> StartAsync(string host, string[] arguments, string? state, int? redisPort, CancellationToken cancellationToken)
    {
        var environment = ChildProcess.CleanEnvironment();
        environment["HOME"] = directory;
        if (state is not null)
        {
            environment["XOPC_STATE_DIR"] = state;
            environment["XOPC_GATEWAY_TOKEN"] = Token;
        }

        if (state is not null && sinkPort is { } sink)
        {
            environment["OTEL_EXPORTER_OTLP_ENDPOINT"] = $"http://127.0.0.1:{sink}";
            environment["OTEL_EXPORTER_OTLP_PROTOCOL"] = "http/protobuf";
            if (traceAll)
            {
                environment["OTEL_TRACES_SAMPLER"] = "always_on";
            }
        }

        if (redisPort is { } redis)
        {
            environment["ConnectionStrings__redis"] = $"127.0.0.1:{redis}";
        }

        var port = ChildProcess.FreePort();
        return await ChildProcess.StartAsync([.. self, host, $"{port}", .. arguments], port, "/health", environment, cancellationToken);
    }

    private string Own(string configuration) => State($"state-{++_started}", configuration);

    // One signing key: edge and service of an installation read the same file.
    private string Shared() => State("state-bundle", Open);

    private string State(string name, string configuration)
    {
        var state = Path.Combine(directory, name);
        Directory.CreateDirectory(state);
        File.WriteAllText(Path.Combine(state, "xopc.json"), configuration);
        return state;
    }
}
