using Xopc.EdgeLoad.Driving;
using Xopc.EdgeLoad.Hosts;
using Xopc.Load.Processes;
using Xopc.Load.Report;

namespace Xopc.EdgeLoad.Scenarios;

/// <summary>The hosts of a run, all of them up at once so that they can be measured in turn.</summary>
internal sealed class Bench(RunOptions options, LoadReport report, Installation installation, IReadOnlyList<string> self) : IAsyncDisposable
{
    private readonly List<IAsyncDisposable> _started = [];

    public RunOptions Options => options;

    public LoadReport Report => report;

    public Installation Installation => installation;

    public IReadOnlyList<string> Self => self;

    /// <summary>Kestrel and the endpoint, over TCP.</summary>
    public required Target Bare { get; init; }

    public required Target Edge { get; init; }

    public required Target EdgeFromPage { get; init; }

    /// <summary>The same program as <see cref="Bare"/>, over its Unix socket: what stands behind the plain proxy.</summary>
    public required Target Direct { get; init; }

    public required Target PlainProxy { get; init; }

    public required Target ProxyingEdge { get; init; }

    /// <summary>Null: no redis-server here.</summary>
    public required Target? SharedEdge { get; init; }

    public IEnumerable<Target> All => ((IEnumerable<Target?>)[Bare, Edge, EdgeFromPage, Direct, PlainProxy, ProxyingEdge, SharedEdge]).OfType<Target>();

    public static async Task<Bench> StartAsync(
        RunOptions options, LoadReport report, Installation hosts, IReadOnlyList<string> self, RedisProcess? redis, CancellationToken cancellationToken)
    {
        const string BareSocket = "bare";
        const string SignedSocket = "signed";
        var bare = await hosts.BareAsync(BareSocket, cancellationToken);
        var edge = await hosts.EdgeAsync(behindProxy: false, cancellationToken);
        var plain = await hosts.PlainProxyAsync(BareSocket, cancellationToken);
        var service = await hosts.SignedServiceAsync(SignedSocket, cancellationToken);
        var proxying = await hosts.ProxyingEdgeAsync(SignedSocket, redisPort: null, cancellationToken);
        var shared = redis is null ? null : await hosts.ProxyingEdgeAsync(SignedSocket, redis.Port, cancellationToken);
        var bench = new Bench(options, report, hosts, self)
        {
            Bare = new Target("bare Kestrel", bare),
            Edge = new Target("edge in one process", edge),
            EdgeFromPage = new Target("edge in one process, asked by a page", edge, FromPage: true),
            Direct = new Target("service asked directly", bare, Socket: hosts.SocketOf(BareSocket)),
            PlainProxy = new Target("plain YARP", plain, bare),
            ProxyingEdge = new Target("edge through YARP", proxying, service),
            SharedEdge = shared is null ? null : new Target("edge through YARP, limits in Redis", shared, service),
        };
        bench._started.AddRange(((IEnumerable<ChildProcess?>)[bare, edge, plain, service, proxying, shared]).OfType<ChildProcess>());
        return bench;
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var started in _started)
        {
            await started.DisposeAsync();
        }
    }
}
