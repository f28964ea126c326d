namespace Xopc.Gateway.Edge;

/// <summary>The headers that every answer of the edge carries, errors and forwarded answers included.</summary>
internal static class SecurityHeaders
{
    internal const string ContentSecurityPolicy =
        "default-src 'self'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data: blob: https:; font-src 'self'; "
        + "connect-src 'self'; frame-src 'self'; object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'";

    private static readonly (string Name, string Value)[] Fixed =
    [
        ("X-Content-Type-Options", "nosniff"),
        ("X-Frame-Options", "DENY"),
        ("Referrer-Policy", "strict-origin-when-cross-origin"),
        ("X-XSS-Protection", "1; mode=block"),
        ("Permissions-Policy", "camera=(), microphone=(self), geolocation=()"),
        ("Content-Security-Policy", ContentSecurityPolicy),
    ];

    /// <summary>
    /// Written when the answer starts, so that neither an error writer that clears the headers nor a forwarded service can drop or double them.
    /// </summary>
    public static Task ApplyAsync(HttpContext context, RequestDelegate next)
    {
        context.Response.OnStarting(static state =>
        {
            var headers = ((HttpContext)state).Response.Headers;
            foreach (var (name, value) in Fixed)
            {
                if (name != "Referrer-Policy" || headers[name] != "no-referrer") // an endpoint may be stricter
                {
                    headers[name] = value;
                }
            }

            return Task.CompletedTask;
        }, context);
        return next(context);
    }
}
