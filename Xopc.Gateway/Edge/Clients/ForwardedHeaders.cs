using System.Net;
using Microsoft.Extensions.Primitives;
using Xopc.Gateway.Edge.Origins;

namespace Xopc.Gateway.Edge.Clients;

/// <summary>
/// First of all: who is the client? Forwarded headers are read when the peer is a listed proxy, and taken out in every case: nothing behind this line
/// can believe one by mistake, and no service gets one that the edge did not write.
/// </summary>
internal sealed class ForwardedHeaders(RequestDelegate next, EdgeSettings settings)
{
    private const string For = "X-Forwarded-For";
    private const string Proto = "X-Forwarded-Proto";
    private const string Host = "X-Forwarded-Host";
    private const string RealIp = "X-Real-IP";
    private const string AllOfThese = "X-Forwarded-";

    /// <summary>What other proxies and networks call the client, or the path they were asked for. Never read; a sign that somebody forwarded.</summary>
    private static readonly string[] Others =
    [
        RealIp, "Forwarded", "CF-Connecting-IP", "CF-Connecting-IPv6", "True-Client-IP", "X-Client-IP", "X-Cluster-Client-IP", "Fastly-Client-IP",
        "X-ProxyUser-Ip", "X-Envoy-External-Address", "X-Original-For", "X-Original-Host", "X-Original-Proto", "X-Original-URL", "X-Rewrite-URL",
    ];

    public Task InvokeAsync(HttpContext context)
    {
        var client = Identify(context, settings.Current);
        context.Features.Set(client);
        if (!ReferenceEquals(client.Address, context.Connection.RemoteIpAddress))
        {
            context.Connection.RemoteIpAddress = client.Address;
        }

        return next(context);
    }

    private static EdgeClient Identify(HttpContext context, EdgeSnapshot edge)
    {
        var peer = ClientKey.Plain(context.Connection.RemoteIpAddress ?? IPAddress.None);
        var headers = context.Request.Headers;
        var names = NamesOfForwarding(headers);
        if (names is null)
        {
            return new EdgeClient(peer, peer, viaProxy: false, unattributed: headers.ContainsKey("Via") && !edge.Proxies.Contains(peer));
        }

        var (forwardedFor, proto, host, realIp) = (headers[For], headers[Proto], headers[Host], headers[RealIp]);
        foreach (var name in names)
        {
            headers.Remove(name);
        }

        if (!edge.Proxies.Contains(peer))
        {
            return new EdgeClient(peer, peer, viaProxy: false, unattributed: true);
        }

        var (address, hops) = Walk(forwardedFor, peer, edge.Proxies);
        if (hops == 0 && edge.AllowRealIp && StringValues.IsNullOrEmpty(forwardedFor) && realIp.Count == 1 && ForwardedAddress.TryParse(realIp[0].AsSpan().Trim(" \t"), out var real))
        {
            address = real;
        }

        Rewrite(context.Request, FromRight(proto, hops), FromRight(host, hops));
        return new EdgeClient(peer, address, viaProxy: true, unattributed: false);
    }

    private static List<string>? NamesOfForwarding(IHeaderDictionary headers)
    {
        List<string>? names = null;
        foreach (var (name, _) in headers)
        {
            if (name.StartsWith(AllOfThese, StringComparison.OrdinalIgnoreCase) || IsOther(name))
            {
                (names ??= []).Add(name);
            }
        }

        return names;
    }

    private static bool IsOther(string name)
    {
        if (name.Length < 7 || (name[0] | 0x20) is not ('x' or 'f' or 'c' or 't'))
        {
            return false;
        }

        foreach (var other in Others)
        {
            if (name.Equals(other, StringComparison.OrdinalIgnoreCase))
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>
    /// <c>203.0.113.7, 198.51.100.2, 10.0.0.5</c>: each proxy appends whom it was asked by, so what stands right is most to be believed. The rightmost
    /// address that is no listed proxy is the client; left of it anything may have been invented.
    /// </summary>
    internal static (IPAddress Client, int Hops) Walk(StringValues forwardedFor, IPAddress peer, TrustedProxies proxies)
    {
        var (client, hops) = (peer, 0);
        var entries = new EntriesFromRight(forwardedFor);
        while (hops < EntriesFromRight.MaxEntries && entries.Next(out var entry) && ForwardedAddress.TryParse(entry, out var address))
        {
            hops++;
            client = address;
            if (!proxies.Contains(address))
            {
                break;
            }
        }

        return (client, hops);
    }

    /// <summary>What the proxy that saw the client wrote into a header that grows with every hop; of a header with fewer entries, the leftmost there is.</summary>
    private static ReadOnlySpan<char> FromRight(StringValues values, int hops)
    {
        var entries = new EntriesFromRight(values);
        ReadOnlySpan<char> found = default;
        for (var i = 0; i < Math.Max(1, hops) && entries.Next(out var entry); i++)
        {
            found = entry;
        }

        return found;
    }

    private static void Rewrite(HttpRequest request, ReadOnlySpan<char> proto, ReadOnlySpan<char> host)
    {
        if (proto.Equals("https", StringComparison.OrdinalIgnoreCase))
        {
            request.Scheme = "https";
        }
        else if (proto.Equals("http", StringComparison.OrdinalIgnoreCase))
        {
            request.Scheme = "http";
        }

        if (!host.IsEmpty && WebHost.TryParse(host, out _))
        {
            request.Host = new HostString(host.ToString());
        }
    }
}
