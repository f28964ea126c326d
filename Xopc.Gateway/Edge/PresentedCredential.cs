using System.Text;
using Microsoft.Extensions.Primitives;

namespace Xopc.Gateway.Edge;

/// <summary>What a request offers as its credential. <see cref="Offered"/> false: nothing; value null: something that cannot be one.</summary>
internal readonly record struct PresentedCredential(bool Offered, string? Value)
{
    private const string EventsPath = "/api/events";
    private const string Bearer = "Bearer";

    private static readonly PresentedCredential Missing = new(false, null);
    private static readonly PresentedCredential Unusable = new(true, null);

    /// <summary>
    /// <c>Authorization</c>, else <c>X-Api-Key</c>, else <c>?token=</c> on the event stream only, because an EventSource cannot send headers. The first
    /// place that is there decides; a wrong one is not made good by the next.
    /// </summary>
    public static PresentedCredential Read(HttpRequest request)
    {
        if (request.Headers.TryGetValue("Authorization", out var authorization))
        {
            return FromSingle(AsText(authorization), stripScheme: true);
        }

        if (request.Headers.TryGetValue("X-Api-Key", out var key))
        {
            return FromSingle(AsText(key), stripScheme: false);
        }

        return MayUseQuery(request) && request.Query.TryGetValue("token", out var token) ? FromSingle(token, stripScheme: false) : Missing;
    }

    /// <summary>
    /// Kestrel has removed dot segments and decoded everything but <c>%2F</c> before this path exists, and routing decides on the same value, so what
    /// counts as the event stream here is never another route there. GET only: a token that slips into a log or a link can change nothing.
    /// </summary>
    internal static bool MayUseQuery(HttpRequest request) =>
        HttpMethods.IsGet(request.Method) && request.Path.StartsWithSegments(EventsPath, StringComparison.OrdinalIgnoreCase);

    /// <summary>The listener makes one character of each byte of a header; a password with umlauts is UTF-8.</summary>
    private static StringValues AsText(StringValues header) =>
        header.Count == 1 && !Ascii.IsValid(header.ToString()) ? Encoding.UTF8.GetString(Encoding.Latin1.GetBytes(header.ToString())) : header;

    private static PresentedCredential FromSingle(StringValues values, bool stripScheme)
    {
        if (values.Count > 1)
        {
            return Unusable;
        }

        var value = values.ToString().AsSpan().Trim();
        if (value.Length > GatewayCredential.MaxLength + Bearer.Length + 1)
        {
            return Unusable;
        }

        if (stripScheme && value.StartsWith(Bearer, StringComparison.OrdinalIgnoreCase) && (value.Length == Bearer.Length || value[Bearer.Length] is ' ' or '\t'))
        {
            value = value[Bearer.Length..].TrimStart();
        }

        return value.IsEmpty ? Missing : new PresentedCredential(true, value.ToString());
    }
}
