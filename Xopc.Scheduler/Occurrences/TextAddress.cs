using Xopc.Contracts.Messages;

namespace Xopc.Scheduler.Occurrences;

/// <summary>A text that names its own place: <c>telegram:42:Good morning</c>.</summary>
internal static class TextAddress
{
    /// <returns>The place and what is left to say; no place where the text names none.</returns>
    public static (DeliveryTarget? Target, string Text) Split(string text)
    {
        const string Prefix = "telegram:";
        if (!text.StartsWith(Prefix, StringComparison.OrdinalIgnoreCase))
        {
            return (null, text);
        }

        var rest = text[Prefix.Length..];
        var colon = rest.IndexOf(':', StringComparison.Ordinal);
        var peer = colon < 0 ? "" : rest[..colon].Trim();
        return peer.Length is > 0 and <= 100 && peer.TrimStart('-').All(char.IsAsciiDigit) && !string.IsNullOrWhiteSpace(rest[(colon + 1)..])
            ? (new DeliveryTarget("telegram", "default", peer[0] == '-' ? "group" : "dm", peer), rest[(colon + 1)..].Trim())
            : (null, text);
    }
}
