using Xopc.ServiceDefaults.Http;
using Yarp.ReverseProxy.Configuration;
using Yarp.ReverseProxy.Forwarder;

namespace Xopc.Gateway.Proxy;

/// <summary>YARP's routes and clusters, made from the route table and the destinations.</summary>
internal static class ProxyConfig
{
    /// <summary>Route metadata: the scope that <see cref="ProxyRegistration"/> turns into an annotation of the endpoint.</summary>
    public const string ScopeKey = "scope";

    /// <summary>Route metadata: what a request costs, <see cref="ModelLoad"/> or <see cref="StreamLoad"/>.</summary>
    public const string LoadKey = "load";

    /// <summary>Route metadata, in place of a scope: the header with the secret that the service checks itself, and why that is right.</summary>
    public const string SecretKey = "secret";
    public const string ReasonKey = "reason";

    public const string ModelLoad = "model";
    public const string StreamLoad = "stream";

    private static readonly string[] ReadMethods = ["GET", "HEAD"];
    private static readonly string[] ChangeMethods = ["POST", "PUT", "PATCH", "DELETE"];

    public static RouteConfig[] Routes() =>
    [
        // Somebody outside brings something, and can do nothing else.
        .. ServiceRoute.All.Where(route => route.Secret is not null).Select(route => Route(route, "secret", ["POST"], "")),
        .. ServiceRoute.All.Where(route => route.Secret is null).Select(route => Route(route, "change", ChangeMethods, route.Change.ToString())),
        .. ServiceRoute.All.Where(route => route is { ChangesOnly: false, Secret: null }).SelectMany(route => new[]
        {
            Route(route, "read", ReadMethods, route.Read.ToString()),
            // Routing prefers a route that names the method, so this takes what the two leave over: the service knows what its paths answer.
            Route(route, "other", methods: null, route.Change.ToString()),
        }),
        .. ServiceRoute.All.SelectMany(route => route.Loads.Select(item => LoadRoute(route, item.Method, item.Below, item.Load))),
    ];

    public static ClusterConfig[] Clusters(EdgeOptions edge) => [.. edge.Destinations.Select(service => Cluster(service.Key, service.Value, edge))];

    /// <summary>How long the answers of a route may take to begin.</summary>
    public static AnswerPatience PatienceOf(RouteConfig route, EdgeOptions edge) =>
        route.Metadata!.ContainsKey(LoadKey) ? new AnswerPatience(null) // a model takes its time, a stream begins at once and has no end
        : route.RouteId.EndsWith(" read", StringComparison.Ordinal) ? new AnswerPatience(edge.ReadPatience)
        : route.RouteId.StartsWith("/api/agent ", StringComparison.Ordinal) ? new AnswerPatience(null) // a turn, and what watches one
        : new AnswerPatience(edge.ChangePatience);

    private static RouteConfig Route(ServiceRoute route, string kind, string[]? methods, string scope) => new()
    {
        RouteId = $"{route.Path} {kind}",
        ClusterId = route.Service,
        Match = new RouteMatch { Path = route.Path + "/{**rest}", Methods = methods },
        // Body limits are set by RequestLimits before the endpoint runs; -1 would lift them and a number would be a second table.
        Metadata = route.Secret is { } secret
            ? new Dictionary<string, string> { [SecretKey] = secret.Header, [ReasonKey] = secret.Reason }
            : new Dictionary<string, string> { [ScopeKey] = scope },
    };

    /// <summary>Of one method and one path, which routing prefers to the row's own.</summary>
    private static RouteConfig LoadRoute(ServiceRoute route, string method, string rest, EndpointLoad load) => new()
    {
        RouteId = $"{method} {route.Path}{rest}",
        ClusterId = route.Service,
        Match = new RouteMatch { Path = route.Path + rest, Methods = [method] },
        Metadata = new Dictionary<string, string>
        {
            [ScopeKey] = (ReadMethods.Contains(method) ? route.Read : route.Change).ToString(),
            [LoadKey] = load.CallsModel ? ModelLoad : StreamLoad,
        },
    };

    private static ClusterConfig Cluster(string service, IReadOnlyList<string> addresses, EdgeOptions edge) => new()
    {
        ClusterId = service,
        LoadBalancingPolicy = SessionAffinity.PolicyName,
        Destinations = addresses.Select((address, index) => (address, index)).ToDictionary(
            item => $"{service}-{item.index}",
            item => new DestinationConfig { Address = UnixDestination.ToAddress(item.address) }),
        HttpRequest = new ForwarderRequestConfig { ActivityTimeout = edge.ForwardSilence, AllowResponseBuffering = false, Version = System.Net.HttpVersion.Version11 },
        HttpClient = new HttpClientConfig { MaxConnectionsPerServer = edge.MaxForwardedPerService },
        HealthCheck = new HealthCheckConfig
        {
            // With nobody well everybody is tried: a service that has just come back answers at once, not after the next probe.
            AvailableDestinationsPolicy = "HealthyOrPanic",
            Active = new ActiveHealthCheckConfig
            {
                // One destination has no alternative, so nothing is gained by probing it.
                Enabled = addresses.Count > 1 || !UnixDestination.IsUnix(addresses[0]),
                Path = "/alive",
                Interval = TimeSpan.FromSeconds(3),
                Timeout = TimeSpan.FromSeconds(2),
                Policy = ReplicaHealth.PolicyName,
            },
            Passive = new PassiveHealthCheckConfig { Enabled = true, Policy = ReplicaHealth.PolicyName, ReactivationPeriod = ReplicaHealth.Reactivation },
        },
    };
}
