using Xopc.ServiceDefaults.Http;
using Xopc.ServiceDefaults.OpenApi;

namespace Xopc.Gateway.Edge;

/// <summary>
/// Browsers that came in by a one-time code. Kept in memory only: a restart ends them all. A session is its creator as long as the creator's credential
/// lives, for pages and for reading only.
/// </summary>
internal sealed class PageSessions(TimeProvider clock)
{
    public const string CookieName = OpenApiSecurity.PageCookieName;

    /// <summary>Fixed, from the redemption on: it does not grow with use.</summary>
    public static readonly TimeSpan Lifetime = TimeSpan.FromHours(12);

    private const int PerPrincipal = 32;

    private readonly OneTimeTable _sessions = new(clock, Lifetime, PerPrincipal);

    /// <summary>The secret that the cookie carries.</summary>
    public string Open(KnownCaller caller) => _sessions.Add(caller);

    /// <summary>Whose session the request's cookie is of; null without one, and wherever a cookie is no credential: anything but GET and HEAD of a page.</summary>
    public KnownCaller? Find(HttpContext context) =>
        context.GetEndpoint()?.Metadata.GetMetadata<PageEndpoint>() is not null && (HttpMethods.IsGet(context.Request.Method) || HttpMethods.IsHead(context.Request.Method))
        && context.Request.Cookies.TryGetValue(CookieName, out var secret)
            ? _sessions.Find(secret)
            : null;
}
