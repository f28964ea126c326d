using Xopc.Gateway.Edge.Origins;

namespace Xopc.Gateway.Edge;

/// <summary>The headers that every answer of the edge carries, errors and forwarded answers included; with them what CORS says.</summary>
internal sealed class SecurityHeaders(RequestDelegate next, OriginJudge judge)
{
    internal const string ContentSecurityPolicy =
        "default-src 'self'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data: blob: https:; font-src 'self'; "
        + "connect-src 'self'; frame-src 'self'; object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'";

    /// <summary>One year. Without subdomains: the gateway speaks for its own name only.</summary>
    internal const string StrictTransport = "max-age=31536000";

    private static readonly (string Name, string Value)[] Fixed =
    [
        ("X-Content-Type-Options", "nosniff"),
        ("X-Frame-Options", "DENY"),
        ("Referrer-Policy", "strict-origin-when-cross-origin"),
        ("X-XSS-Protection", "1; mode=block"),
        ("Permissions-Policy", "camera=(), microphone=(self), geolocation=()"),
        ("Content-Security-Policy", ContentSecurityPolicy),
        ("Cross-Origin-Opener-Policy", "same-origin"),
        ("Cross-Origin-Resource-Policy", "same-origin"),
    ];

    /// <summary>
    /// Written when the answer starts, so that neither an error writer that clears the headers nor a forwarded service can drop or double them.
    /// </summary>
    public Task InvokeAsync(HttpContext context)
    {
        context.Response.OnStarting(static state =>
        {
            var (context, judge) = ((HttpContext, OriginJudge))state;
            Write(context, judge);
            return Task.CompletedTask;
        }, (context, judge));
        return next(context);
    }

    private static void Write(HttpContext context, OriginJudge judge)
    {
        var headers = context.Response.Headers;
        foreach (var (name, value) in Fixed)
        {
            if (name != "Referrer-Policy" || headers[name] != "no-referrer") // an endpoint may be stricter
            {
                headers[name] = value;
            }
        }

        // Not for localhost, where it would also bind every other program that listens on another port.
        if (context.Request.IsHttps && WebHost.TryParse(context.Request.Host.Value, out var host) && !host.IsLoopback)
        {
            headers.StrictTransportSecurity = StrictTransport;
        }

        if (OriginJudge.IsPreflight(context.Request) || OriginJudge.Covers(context))
        {
            CorsHeaders.Write(context, judge.Judge(context));
        }
    }
}
