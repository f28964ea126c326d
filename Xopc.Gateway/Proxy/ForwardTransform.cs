using System.Net.Http.Headers;
using Microsoft.Net.Http.Headers;
using Yarp.ReverseProxy.Forwarder;
using Yarp.ReverseProxy.Transforms;

namespace Xopc.Gateway.Proxy;

/// <summary>
/// The last step before a request leaves for a service: credentials and everything that could pass for the edge's word is taken out, the caller's
/// signed principal is put in. Runs after YARP copied the headers and set its own <c>X-Forwarded-*</c>.
/// </summary>
internal sealed class ForwardTransform(PrincipalStamp stamp) : RequestTransform
{
    private static readonly string[] NeverForwarded =
    [
        HeaderNames.Authorization, "X-Api-Key", HeaderNames.Cookie, "Forwarded", "X-Real-IP", "CF-Connecting-IP", "True-Client-IP", "X-Original-URL",
        "X-Rewrite-URL", "X-HTTP-Method-Override",
    ];

    public override ValueTask ApplyAsync(RequestTransformContext context)
    {
        var headers = context.ProxyRequest.Headers;
        foreach (var name in NeverForwarded)
        {
            headers.Remove(name);
        }

        RemoveConnectionOptions(context.HttpContext.Request, context.ProxyRequest);

        // The address is fixed here, so that what is signed is what is sent.
        context.ProxyRequest.RequestUri = RequestUtilities.MakeDestinationAddress(
            context.DestinationPrefix, context.Path, WithoutToken(context.HttpContext.Request.QueryString));
        stamp.Apply(context.HttpContext, context.ProxyRequest);
        return ValueTask.CompletedTask;
    }

    /// <summary>Headers that the client's Connection header calls hop-by-hop end at this hop (RFC 9110 §7.6.1). They go before the stamp, so none of ours can be named away.</summary>
    private static void RemoveConnectionOptions(HttpRequest request, HttpRequestMessage forwarded)
    {
        foreach (var value in request.Headers.Connection)
        {
            foreach (var option in (value ?? "").Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
            {
                Remove(forwarded.Headers, option);
            }
        }
    }

    private static void Remove(HttpRequestHeaders headers, string name)
    {
        // TryGetValues refuses what is not a header name; Remove would throw on it.
        if (headers.NonValidated.Contains(name))
        {
            headers.Remove(name);
        }
    }

    /// <summary>The query without the edge's credential; every other byte stays as the client wrote it.</summary>
    internal static QueryString WithoutToken(QueryString query)
    {
        if (!query.HasValue)
        {
            return query;
        }

        var kept = query.Value!.TrimStart('?').Split('&').Where(pair => !IsToken(pair));
        var text = string.Join('&', kept);
        return text.Length == 0 ? QueryString.Empty : new QueryString("?" + text);
    }

    private static bool IsToken(string pair)
    {
        var end = pair.IndexOf('=', StringComparison.Ordinal);
        var name = Uri.UnescapeDataString((end < 0 ? pair : pair[..end]).Replace('+', ' '));
        return name.Equals("token", StringComparison.OrdinalIgnoreCase);
    }
}
