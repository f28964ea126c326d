using System.Net;
using Xopc.Gateway.Edge.Origins;

namespace Xopc.Gateway.Edge.Clients;

/// <summary>Where a request comes from, as far as the edge believes it. Decided once, before anything else looks at the request.</summary>
internal sealed class EdgeClient(IPAddress peer, IPAddress address, bool viaProxy, bool unattributed)
{
    /// <summary>The other end of the TCP connection, IPv4 in its own form.</summary>
    public IPAddress Peer { get; } = peer;

    /// <summary>The client: the peer, or what a listed proxy says about it. Limiters and logs use this one.</summary>
    public IPAddress Address { get; } = address;

    /// <summary>The peer is a listed proxy and forwarded the request for somebody.</summary>
    public bool ViaProxy { get; } = viaProxy;

    /// <summary>Somebody forwarded this and is no listed proxy, so who asked is not known.</summary>
    public bool Unattributed { get; } = unattributed;

    /// <summary>
    /// From this machine with nobody in between that says so. Only the TCP peer counts: a forwarded 127.0.0.1 is something that somebody wrote.
    /// A proxy on this machine that adds no header looks the same; no more than limits and origins of this machine depend on this, never a credential.
    /// </summary>
    public bool IsLocal { get; } = !viaProxy && !unattributed && IPAddress.IsLoopback(peer);

    public ClientKey Key { get; } = ClientKey.Of(address, unattributed);

    /// <summary>The origin check's answer, once it was asked.</summary>
    public OriginVerdict? Origin { get; set; }

    public static EdgeClient Of(HttpContext context) => context.Features.Get<EdgeClient>() ?? throw new InvalidOperationException("ForwardedHeaders has not run.");
}
