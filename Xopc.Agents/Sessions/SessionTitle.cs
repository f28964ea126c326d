using System.Globalization;

namespace Xopc.Agents.Sessions;

/// <summary>Makes a session's name from what was said in it.</summary>
internal static class SessionTitle
{
    private const int MaxLength = 80;

    /// <summary>The first non-empty line, without quotes around it, cut between characters to 80; null when nothing is left.</summary>
    public static string? FromText(string text)
    {
        var line = text.AsSpan().Trim();
        var end = line.IndexOfAny('\n', '\r');
        line = (end >= 0 ? line[..end] : line).Trim().Trim("\"'“”„«»`").Trim();
        if (line.IsEmpty)
        {
            return null;
        }

        if (line.Length <= MaxLength)
        {
            return line.ToString();
        }

        // Cut before the grapheme that would pass the limit: half an emoji is no title.
        var kept = 0;
        while (kept < MaxLength - 1)
        {
            var next = StringInfo.GetNextTextElementLength(line[kept..]);
            if (kept + next > MaxLength - 1)
            {
                break;
            }

            kept += next;
        }

        return string.Concat(line[..kept].TrimEnd(), "…");
    }
}
