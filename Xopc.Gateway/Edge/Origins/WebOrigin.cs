namespace Xopc.Gateway.Edge.Origins;

/// <summary>An <c>Origin</c> header: scheme, host, port, nothing else. What does not look exactly so (<c>null</c>, <c>file://</c>, a path) is none.</summary>
internal readonly record struct WebOrigin(string Scheme, WebHost Host)
{
    /// <summary>Longest origin that is looked at, in characters.</summary>
    public const int MaxLength = 300;

    private const int MaxScheme = 32;

    public static bool TryParse(string? text, out WebOrigin origin)
    {
        origin = default;
        if (text is null || text.Length > MaxLength)
        {
            return false;
        }

        var end = text.IndexOf("://", StringComparison.Ordinal);
        if (end is <= 0 or > MaxScheme || !char.IsAsciiLetter(text[0]))
        {
            return false;
        }

        foreach (var c in text.AsSpan(0, end))
        {
            if (!char.IsAsciiLetterOrDigit(c) && c is not ('+' or '-' or '.'))
            {
                return false;
            }
        }

        if (!WebHost.TryParse(text.AsSpan(end + 3), out var host))
        {
            return false;
        }

        var scheme = text[..end].ToLowerInvariant();
        origin = new WebOrigin(scheme, host with { Port = host.Port == DefaultPort(scheme) ? -1 : host.Port });
        return true;
    }

    public bool IsWeb => Scheme is "http" or "https";

    /// <summary>Whether the request's Host header names this host, the port that the origin's scheme implies written or not.</summary>
    public bool IsAt(WebHost requested) =>
        Host.Name == requested.Name && Host.Port == (requested.Port == DefaultPort(Scheme) ? -1 : requested.Port);

    private static int DefaultPort(string scheme) => scheme switch
    {
        "http" => 80,
        "https" => 443,
        _ => -1,
    };
}
