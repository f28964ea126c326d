using System.Collections.Frozen;
using System.Globalization;
using Xopc.Configuration;
using Xopc.Gateway.Edge.Clients;

namespace Xopc.Gateway.Edge.Origins;

/// <summary>Which pages may call. A pure function of the configuration and the request.</summary>
internal sealed class OriginPolicy
{
    private readonly FrozenSet<WebOrigin> _allowed;
    private readonly FrozenSet<string> _hosts;
    private readonly bool _any;
    private readonly bool _trustHostHeader;

    /// <param name="gateway">What is allowed.</param>
    /// <param name="bound">Where the listener is.</param>
    public OriginPolicy(GatewayConfig gateway, GatewayConfig bound)
    {
        var origins = new HashSet<WebOrigin>();
        Add(origins, "http://localhost:3000");
        Add(origins, "http://127.0.0.1:3000");
        if (gateway.CorsOrigins.IsEmpty)
        {
            AddOwn(origins, bound);
        }

        foreach (var text in gateway.CorsOrigins)
        {
            Add(origins, text);
        }

        _allowed = origins.ToFrozenSet();
        _any = gateway.CorsOrigins.Contains("*");
        _trustHostHeader = gateway.DangerouslyAllowHostHeaderOriginFallback;
        var machine = Environment.MachineName.ToLowerInvariant();
        _hosts = origins.Select(origin => origin.Host.Name).Concat([machine, machine + ".local"]).ToFrozenSet(StringComparer.Ordinal);
    }

    /// <param name="openToAll">Mode none: whoever reaches the gateway is its operator.</param>
    public OriginVerdict Judge(HttpContext context, EdgeClient client, bool openToAll)
    {
        var request = context.Request;
        var header = request.Headers.Origin;
        if (header.Count == 0)
        {
            return JudgeWithoutOrigin(request, openToAll);
        }

        if (IsExtensionFile(request))
        {
            return OriginVerdict.Exempt;
        }

        if (header.Count > 1 || !WebOrigin.TryParse(header[0], out var origin))
        {
            return OriginVerdict.RefusedOrigin;
        }

        if (_allowed.Contains(origin))
        {
            return OriginVerdict.Listed;
        }

        var readable = WebHost.TryParse(request.Host.Value, out var host);
        var known = readable && IsOurs(host);
        if (openToAll && !known)
        {
            return OriginVerdict.RefusedHost;
        }

        if (readable && origin.IsAt(host) && origin.IsWeb && (_trustHostHeader || client.ViaProxy || client.IsLocal))
        {
            return known || _trustHostHeader || client.ViaProxy ? OriginVerdict.Allowed : OriginVerdict.RefusedHost;
        }

        if (client.IsLocal && origin.IsWeb && origin.Host.IsLoopback)
        {
            return OriginVerdict.Allowed;
        }

        return _any ? OriginVerdict.AnyAllowed : OriginVerdict.RefusedOrigin;
    }

    /// <summary>
    /// A page that was rebound to this address reads without an Origin header, since it asks its own name. Where a credential is needed it has none; in
    /// mode none the name in the Host header is all there is to tell it by.
    /// </summary>
    private OriginVerdict JudgeWithoutOrigin(HttpRequest request, bool openToAll)
    {
        if (openToAll && !(WebHost.TryParse(request.Host.Value, out var host) && IsOurs(host)))
        {
            return OriginVerdict.RefusedHost;
        }

        var site = request.Headers["Sec-Fetch-Site"];
        return site.Count > 0 && !IsSafe(request.Method) && site.ToString().Contains("cross-site", StringComparison.OrdinalIgnoreCase)
            ? OriginVerdict.RefusedSite : OriginVerdict.NoOrigin;
    }

    /// <summary>An address, a name that only this machine answers to, the machine's own name, or one from the list of origins.</summary>
    private bool IsOurs(WebHost host) =>
        host.IsLoopback || host.IsAddress || host.Name.EndsWith(".localhost", StringComparison.Ordinal) || _hosts.Contains(host.Name);

    /// <summary>Frames of extensions are sandboxed, so their origin is <c>null</c>; only files are fetched for them.</summary>
    private static bool IsExtensionFile(HttpRequest request)
    {
        if (!IsSafe(request.Method) || HttpMethods.IsOptions(request.Method)
            || !request.Path.StartsWithSegments("/api/extensions", StringComparison.OrdinalIgnoreCase, out var rest) || rest.Value is not ['/', .. var below])
        {
            return false;
        }

        var end = below.IndexOf('/', StringComparison.Ordinal);
        return end > 0 && below.AsSpan(end).StartsWith("/assets/", StringComparison.OrdinalIgnoreCase);
    }

    private static bool IsSafe(string method) => HttpMethods.IsGet(method) || HttpMethods.IsHead(method) || HttpMethods.IsOptions(method);

    private static void AddOwn(HashSet<WebOrigin> origins, GatewayConfig bound)
    {
        string[] hosts = bound is { Bind: "custom", CustomBindHost: { } custom } ? ["localhost", "127.0.0.1", custom] : ["localhost", "127.0.0.1"];
        foreach (var host in hosts)
        {
            Add(origins, string.Create(CultureInfo.InvariantCulture, $"http://{host}:{bound.Port}"));
            Add(origins, string.Create(CultureInfo.InvariantCulture, $"https://{host}:{bound.Port}"));
        }
    }

    private static void Add(HashSet<WebOrigin> origins, string text)
    {
        // Browsers send names with umlauts in their ASCII form.
        if (WebOrigin.TryParse(text, out var origin)
            || (Uri.TryCreate(text, UriKind.Absolute, out var uri) && WebOrigin.TryParse($"{uri.Scheme}://{uri.IdnHost}{(uri.IsDefaultPort ? "" : ":" + uri.Port)}", out origin)))
        {
            origins.Add(origin);
        }
    }
}
