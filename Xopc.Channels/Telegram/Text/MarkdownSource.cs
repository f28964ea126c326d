using System.Buffers;
using System.Text;

namespace Xopc.Channels.Telegram.Text;

/// <summary>The source before it is read: its characters made valid, and cut into pieces when it is long.</summary>
internal static class MarkdownSource
{
    /// <summary>
    /// Up to here a source is read in one piece. The parser's cost grows with the square of the number of blocks in the worst case (1 MiB of
    /// definitions took it 55 s); cut into pieces it grows with the length.
    /// </summary>
    public const int WholeLimit = 64 * 1024;

    private static readonly SearchValues<char> Unusual = SearchValues.Create([.. "\r\0", .. Enumerable.Range(0xD800, 0x800).Select(unit => (char)unit)]);

    /// <summary>Line ends become <c>\n</c>; what is no character (half a surrogate pair, NUL) becomes U+FFFD.</summary>
    public static string Clean(string markdown)
    {
        if (!markdown.AsSpan().ContainsAny(Unusual))
        {
            return markdown;
        }

        var text = new StringBuilder(markdown.Length);
        for (var i = 0; i < markdown.Length; i++)
        {
            var unit = markdown[i];
            if (char.IsHighSurrogate(unit) && i + 1 < markdown.Length && char.IsLowSurrogate(markdown[i + 1]))
            {
                text.Append(unit).Append(markdown[++i]);
            }
            else if (unit != '\r')
            {
                text.Append(unit is '\0' || char.IsSurrogate(unit) ? '\uFFFD' : unit);
            }
            else if (i + 1 == markdown.Length || markdown[i + 1] != '\n')
            {
                text.Append('\n');
            }
        }

        return text.ToString();
    }

    /// <summary>
    /// A long source is cut where a top-level block surely begins: at a fence in the first column, or at a line in the first column after an empty one.
    /// What is longer than twice a piece without such a place is one piece all the same.
    /// </summary>
    public static IEnumerable<string> Pieces(string source, int whole)
    {
        if (source.Length <= whole)
        {
            yield return source;
            yield break;
        }

        var (start, fence, afterBlank) = (0, 0, false);
        for (int line = 0, next; line < source.Length; line = next)
        {
            var end = source.IndexOf('\n', line);
            next = end < 0 ? source.Length : end + 1;
            var content = source.AsSpan(line, next - line).TrimEnd();
            var marks = FenceMarks(content);
            var opens = fence == 0 && marks != 0;
            var closes = fence != 0 && Math.Sign(marks) == Math.Sign(fence) && Math.Abs(marks) >= Math.Abs(fence) && content.Length == Math.Abs(marks);
            var top = fence == 0 && content.Length > 0 && !char.IsWhiteSpace(content[0]) && (opens || (afterBlank && line - start >= whole / 2));
            afterBlank = content.Length == 0;
            fence = opens ? marks : closes ? 0 : fence;
            if (top && line > start)
            {
                yield return source[start..line];
                start = line;
            }

            if (closes)
            {
                yield return source[start..next];
                start = next;
            }
        }

        if (start < source.Length)
        {
            yield return source[start..];
        }
    }

    // The number of backticks, or minus the number of tildes, of a fence that begins in the first column.
    private static int FenceMarks(ReadOnlySpan<char> line)
    {
        if (line.Length < 3 || line[0] is not ('`' or '~'))
        {
            return 0;
        }

        var mark = line[0];
        var count = line.IndexOfAnyExcept(mark) is var other && other < 0 ? line.Length : other;
        return count < 3 || (mark == '`' && line[count..].Contains('`')) ? 0 : mark == '`' ? count : -count;
    }
}
