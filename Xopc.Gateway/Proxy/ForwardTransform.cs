using System.Diagnostics;
using System.Net.Http.Headers;
using HeaderNames = Microsoft.Net.Http.Headers.HeaderNames;
using Yarp.ReverseProxy.Forwarder;
using Yarp.ReverseProxy.Transforms;

namespace Xopc.Gateway.Proxy;

/// <summary>
/// The last step before a request leaves for a service: credentials and everything that could pass for the edge's word is taken out, the caller's
/// signed principal is put in. Runs after YARP copied the headers.
/// </summary>
internal sealed class ForwardTransform(PrincipalStamp stamp) : RequestTransform
{
    private static readonly string[] NeverForwarded =
    [
        HeaderNames.Authorization, "X-Api-Key", HeaderNames.Cookie, "Forwarded", "X-Real-IP", "CF-Connecting-IP", "True-Client-IP", "X-Original-URL",
        "X-Rewrite-URL", "X-HTTP-Method-Override",
        // Between two neighbours only; YARP takes out the others of RFC 9110 7.6.1. Expect was answered by this listener.
        HeaderNames.ProxyAuthorization, HeaderNames.ProxyAuthenticate, HeaderNames.Trailer, HeaderNames.Expect,
    ];

    public override ValueTask ApplyAsync(RequestTransformContext context)
    {
        var headers = context.ProxyRequest.Headers;
        var arrived = context.HttpContext.Request.Headers;
        foreach (var name in NeverForwarded)
        {
            // YARP has copied what arrived and nothing else of these; asking there costs a tenth of removing what is not here.
            if (arrived.ContainsKey(name))
            {
                headers.Remove(name);
            }
        }

        DropNamedByConnection(context.HttpContext.Request, headers);

        // The address is fixed here, so that what is signed is what is sent.
        context.ProxyRequest.RequestUri = RequestUtilities.MakeDestinationAddress(
            context.DestinationPrefix, context.Path, WithoutToken(context.HttpContext.Request.QueryString));
        HandTraceOn(context.ProxyRequest, arrived);
        stamp.Apply(context.HttpContext, context.ProxyRequest);
        return ValueTask.CompletedTask;
    }

    /// <summary>The service's part of the trace hangs below the edge's, whatever the client sent under these names.</summary>
    private static void HandTraceOn(HttpRequestMessage request, IHeaderDictionary arrived)
    {
        if (Activity.Current is not { } activity)
        {
            return;
        }

        var propagator = DistributedContextPropagator.Current;
        foreach (var field in propagator.Fields)
        {
            if (arrived.ContainsKey(field))
            {
                request.Headers.Remove(field);
            }
        }

        propagator.Inject(activity, request, static (carrier, name, value) => ((HttpRequestMessage)carrier!).Headers.TryAddWithoutValidation(name, value));
    }

    /// <summary>What the client calls hop-by-hop ends here. Before the principal is put on: that one cannot be named away.</summary>
    private static void DropNamedByConnection(HttpRequest request, HttpRequestHeaders headers)
    {
        foreach (var value in request.Headers.Connection)
        {
            if (value is null or "keep-alive" or "close")
            {
                continue;
            }

            foreach (var name in value.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
            {
                if (!name.Equals(HeaderNames.Host, StringComparison.OrdinalIgnoreCase))
                {
                    Remove(headers, name);
                }
            }
        }
    }

    private static void Remove(HttpRequestHeaders headers, string name)
    {
        try
        {
            headers.Remove(name);
        }
        catch (FormatException)
        {
            // "bad name": no header can have it.
        }
        catch (InvalidOperationException)
        {
            // Content-Length and the like: framing, which the forwarder wrote itself.
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
