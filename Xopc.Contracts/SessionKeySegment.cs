using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;

namespace Xopc.Contracts;

/// <summary>
/// What one part of a <see cref="SessionKey"/> becomes: trimmed, lower case, every run outside <c>[a-z0-9_-]</c> one dash, no dashes at the
/// ends (peer, thread and scope keep leading ones: Telegram groups are negative), at most <see cref="MaxLength"/> characters.
/// </summary>
/// <remarks>
/// Two people must not share a memory because their names look alike once cleaned. A text that is too long, or that holds characters outside
/// ASCII (all of them would become the same dash), therefore ends in a hash of itself: <c>{prefix}-{16 hex digits}</c>.
/// </remarks>
public static class SessionKeySegment
{
    public const int MaxLength = 64;

    /// <summary>The bound inside a key that would otherwise be too long.</summary>
    internal const int ShortLength = 28;

    private const int HashDigits = 16;

    /// <summary>An account id as it stands in keys, routes and rows: <c>^[a-z0-9_][a-z0-9_-]{0,63}$</c>; nothing is <c>default</c>.</summary>
    public static string AccountId(string? raw) => Clean(raw, "default", keepLeadingDashes: false);

    /// <summary>An agent id as it stands in keys and routes; nothing is <c>main</c>.</summary>
    public static string AgentId(string? raw) => Clean(raw, "main", keepLeadingDashes: false);

    internal static string Clean(string? raw, string fallback, bool keepLeadingDashes, int maxLength = MaxLength)
    {
        if (string.IsNullOrWhiteSpace(raw))
        {
            return fallback;
        }

        var lower = raw.Trim().ToLowerInvariant();
        var text = new StringBuilder(Math.Min(lower.Length, 2 * MaxLength));
        var foreign = false;
        var inRun = false;
        foreach (var c in lower)
        {
            var kept = c is (>= 'a' and <= 'z') or (>= '0' and <= '9') or '_' or '-';
            foreign |= c > '\x7f';
            if (kept || !inRun)
            {
                text.Append(kept ? c : '-');
            }

            inRun = !kept;
        }

        var clean = keepLeadingDashes ? text.ToString().TrimEnd('-') : text.ToString().Trim('-');
        if (!foreign && clean.Length <= maxLength)
        {
            return clean.Length == 0 ? fallback : clean;
        }

        var prefix = clean.Length == 0 ? fallback : clean;
        return $"{prefix.AsSpan(0, Math.Min(prefix.Length, maxLength - HashDigits - 1))}-{Hash(lower)}";
    }

    // Over the UTF-16 code units: UTF-8 would fold every lone surrogate into one replacement character.
    private static string Hash(string text) =>
        Convert.ToHexStringLower(SHA256.HashData(MemoryMarshal.AsBytes(text.AsSpan()))).Substring(0, HashDigits);
}
