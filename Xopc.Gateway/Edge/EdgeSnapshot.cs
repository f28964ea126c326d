using Xopc.Configuration;
using Xopc.Gateway.Edge.Clients;
using Xopc.Gateway.Edge.Limits;
using Xopc.Gateway.Edge.Origins;

namespace Xopc.Gateway.Edge;

/// <summary>One state of the edge's configuration, in the form that requests need.</summary>
/// <param name="gateway">What the file says now.</param>
/// <param name="bound">What it said when the listener was opened.</param>
internal sealed class EdgeSnapshot(GatewayConfig gateway, GatewayConfig bound)
{
    public TrustedProxies Proxies { get; } = new(gateway.TrustedProxies);

    public bool AllowRealIp { get; } = gateway.AllowRealIpFallback;

    public OriginPolicy Origins { get; } = new(gateway, bound);

    public AuthRateLimitConfig FailedAuth { get; } = gateway.Auth.RateLimit;

    public RatePlan Rates { get; } = new(gateway.RateLimit);

    /// <summary>Streams that the main credential may have open.</summary>
    public int OperatorStreams { get; } = gateway.MaxSseConnections;

    public int KeyStreams { get; } = gateway.MaxStreamsPerKey;
}
