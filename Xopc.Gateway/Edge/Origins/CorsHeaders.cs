using Microsoft.Extensions.Primitives;
using Microsoft.Net.Http.Headers;
using Xopc.Gateway.Edge.Clients;

namespace Xopc.Gateway.Edge.Origins;

/// <summary>What an answer tells the browser about the page that asked.</summary>
internal static class CorsHeaders
{
    private const string PrivateNetworkAsked = "Access-Control-Request-Private-Network";
    private const string PrivateNetworkAllowed = "Access-Control-Allow-Private-Network";

    private static readonly StringValues Methods = "GET, POST, PUT, PATCH, DELETE, OPTIONS";
    private static readonly StringValues Headers = "Content-Type, Authorization, Accept, X-Session-Id, X-Api-Key, Last-Event-ID, Idempotency-Key, If-Match";
    private static readonly StringValues Exposed = "Retry-After, ETag, RateLimit, RateLimit-Policy, Location";
    private static readonly StringValues MaxAge = "86400";
    private static readonly StringValues True = "true";

    /// <summary>On every answer, errors too: without them a page could not read why it was refused.</summary>
    public static void Write(HttpContext context, OriginVerdict verdict)
    {
        var headers = context.Response.Headers;
        AppendVary(headers);
        headers.Remove(HeaderNames.AccessControlAllowOrigin); // the edge alone says it, whatever a service answered
        if (verdict is OriginVerdict.AnyAllowed)
        {
            headers.AccessControlAllowOrigin = "*";
        }
        else if (verdict is OriginVerdict.Listed or OriginVerdict.Allowed)
        {
            headers.AccessControlAllowOrigin = context.Request.Headers.Origin;
            headers.AccessControlAllowCredentials = True;
        }
        else
        {
            return;
        }

        headers.AccessControlExposeHeaders = Exposed;
    }

    /// <summary>The answer to a preflight that is allowed.</summary>
    public static void AllowNext(HttpContext context)
    {
        var headers = context.Response.Headers;
        headers.AccessControlAllowMethods = Methods;
        headers.AccessControlAllowHeaders = Headers;
        headers.AccessControlMaxAge = MaxAge;

        // A public site asks to reach into a private network: only one that is named in the list may, never everybody.
        if (EdgeClient.Of(context).Origin is OriginVerdict.Listed && context.Request.Headers[PrivateNetworkAsked] is ["true"])
        {
            headers[PrivateNetworkAllowed] = True;
        }
    }

    private static void AppendVary(IHeaderDictionary headers)
    {
        var vary = headers.Vary;
        if (vary.Count == 0)
        {
            headers.Vary = HeaderNames.Origin;
        }
        else if (!vary.ToString().Contains(HeaderNames.Origin, StringComparison.OrdinalIgnoreCase))
        {
            headers.Append(HeaderNames.Vary, HeaderNames.Origin);
        }
    }
}
