namespace Xopc.Gateway;

/// <summary>How this process is an edge. The host and the deployment (section <c>Edge</c>) decide it; nothing of it stands in <c>xopc.json</c>.</summary>
public sealed class EdgeOptions
{
    /// <summary>False: the modules' endpoints live in this process. True: requests are forwarded to <see cref="Destinations"/>.</summary>
    public bool Proxy { get; set; }

    /// <summary>
    /// Where each service listens: <c>unix:/run/….sock</c>, <c>http://10.0.0.7:5102</c>, or a name of service discovery such as <c>https+http://xopc-agents</c>
    /// (the default). Several addresses are replicas and share the load. Keys are the names in <see cref="XopcServices"/>.
    /// </summary>
    public IDictionary<string, IReadOnlyList<string>> Destinations { get; } =
        XopcServices.All.ToDictionary(name => name, name => (IReadOnlyList<string>)[$"https+http://xopc-{name}"], StringComparer.Ordinal);

    /// <summary>
    /// Addresses the public listener is bound to (IP addresses, host names, <c>*</c>, <c>unix:/path</c>), for the security audit. Empty: what
    /// <c>ASPNETCORE_URLS</c> says.
    /// </summary>
    public IList<string> ListensOn { get; } = [];

    /// <summary>Connections the public listener holds at once; one more is refused at accept.</summary>
    public int MaxConcurrentConnections { get; set; } = 4096;

    /// <summary>
    /// Silence after which a forwarded request is given up. A JSON answer is silent for as long as its turn runs, so this is far above the
    /// 15 s keep-alive of streams.
    /// </summary>
    public TimeSpan ForwardSilence { get; set; } = TimeSpan.FromMinutes(30);

    /// <summary>How long a read (GET, HEAD) may wait for the first byte of its answer. An event stream answers at once and has no limit after that.</summary>
    public TimeSpan ReadPatience { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>The same for changes, turns excepted (<see cref="ForwardSilence"/>): some of them ask a platform or a model provider.</summary>
    public TimeSpan ChangePatience { get; set; } = TimeSpan.FromMinutes(5);

    /// <summary>
    /// How long after a service stopped accepting connections its requests wait for it: its restart is a short wait for them. Later ones are answered 503
    /// at once.
    /// </summary>
    public TimeSpan RestartPatience { get; set; } = TimeSpan.FromSeconds(4);

    /// <summary>Requests under way to one service, event streams included; one more is 503. Half the listener's connections: a service that hangs cannot take those of its neighbours.</summary>
    public int MaxForwardedPerService { get; set; } = 2048;
}

/// <summary>The services behind the edge, by the name used in destinations, routes and <c>--role</c>.</summary>
public static class XopcServices
{
    public const string Agents = "agents";
    public const string Channels = "channels";
    public const string Scheduler = "scheduler";

    public static IReadOnlyList<string> All { get; } = [Agents, Channels, Scheduler];
}
