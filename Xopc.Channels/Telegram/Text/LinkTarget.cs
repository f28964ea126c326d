namespace Xopc.Channels.Telegram.Text;

/// <summary>Which targets of links become links.</summary>
internal static class LinkTarget
{
    private const int Longest = 2048;

    private static readonly string[] Schemes = ["http://", "https://", "tg://", "mailto:"];

    public static bool IsAllowed(string target) =>
        target.Length <= Longest
        && Array.Exists(Schemes, scheme => target.Length > scheme.Length && target.StartsWith(scheme, StringComparison.OrdinalIgnoreCase))
        && !target.AsSpan().ContainsAnyInRange('\0', ' ');

    /// <summary>A target that cannot be one is worth saying, unless it is a place in the same text or the data itself.</summary>
    public static bool IsShown(string target) => target.Length > 0 && target[0] != '#' && !target.StartsWith("data:", StringComparison.OrdinalIgnoreCase);
}
