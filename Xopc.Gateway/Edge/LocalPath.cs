using System.Buffers;

namespace Xopc.Gateway.Edge;

/// <summary>Paths of this gateway that a redirect may lead to.</summary>
internal static class LocalPath
{
    public const int MaxLength = 2_048;

    // What may stand in a path and its query as it is. No backslash, which browsers read as a slash, no blank or control character, which they drop.
    private static readonly SearchValues<char> Allowed =
        SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~!$&'()*+,;=:@/?%#");

    /// <summary>Whether it begins with one slash and nothing in it could be read as another host, by any browser or proxy on the way.</summary>
    public static bool Is(string? text)
    {
        if (text is not { Length: > 0 and <= MaxLength } || text[0] != '/' || text.AsSpan().ContainsAnyExcept(Allowed))
        {
            return false;
        }

        var end = text.AsSpan().IndexOfAny('?', '#');
        var path = end < 0 ? text : text[..end];
        return !path.Contains("//", StringComparison.Ordinal) && !path.Contains("/.", StringComparison.Ordinal)
            && !Hides(path, "%2f") && !Hides(path, "%5c") && !Hides(path, "%2e") && !Hides(path, "%25") && !Hides(text, "%0") && !Hides(text, "%1");
    }

    private static bool Hides(string text, string escape) => text.Contains(escape, StringComparison.OrdinalIgnoreCase);
}
