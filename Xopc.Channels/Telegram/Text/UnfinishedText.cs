using Xopc.Channels.Previews;

namespace Xopc.Channels.Telegram.Text;

/// <summary>Markdown that is still being written, and the message that shows it.</summary>
internal static class UnfinishedText
{
    /// <summary>UTF-16 units by which <see cref="Mark"/> makes a part longer.</summary>
    public const int MarkLength = 2;

    // A label and an address; what is longer is no link that is being written.
    private const int LongestLink = 300;

    private static readonly string[] Pairs = ["**", "~~", "||"];

    /// <summary>
    /// The text with what is open at its end closed or left out: a form that has begun shows as that form instead of as its marks. Blocks of code need no
    /// closing; only a fence that is itself half written is left out.
    /// </summary>
    public static string Close(string markdown)
    {
        var (paragraph, inCode) = Look(markdown);
        var last = markdown.LastIndexOf('\n') + 1;
        var line = markdown.AsSpan(last).Trim();
        if (line.Length > 0 && (line.IndexOfAnyExcept('`') < 0 || line.IndexOfAnyExcept('~') < 0 || (!inCode && FinishedBlocks.Fence(line).Length > 0)))
        {
            return markdown[..last];
        }

        return inCode ? markdown : markdown[..paragraph] + CloseForms(markdown[paragraph..].TrimEnd());
    }

    /// <summary>The part with the sign that it is not all.</summary>
    public static TextPart Mark(TextPart part)
    {
        var ownLine = part.Entities.Any(entity => entity.Kind is TextEntityKind.Pre or TextEntityKind.Blockquote && entity.End == part.Text.Length);
        return part with { Text = part.Text + (ownLine ? "\n…" : " …") };
    }

    // Where the last paragraph begins, and whether the end is in a block of code.
    private static (int Paragraph, bool InCode) Look(string markdown)
    {
        var (paragraph, fence) = (0, "");
        for (int line = 0, next; markdown.IndexOf('\n', line) is var end and >= 0; line = next)
        {
            next = end + 1;
            var content = markdown.AsSpan(line, end - line).Trim();
            if (fence.Length > 0 ? content.Length >= fence.Length && content.IndexOfAnyExcept(fence[0]) < 0 : content.Length == 0)
            {
                (paragraph, fence) = (next, "");
            }
            else if (fence.Length == 0)
            {
                fence = FinishedBlocks.Fence(content);
            }
        }

        return (paragraph, fence.Length > 0);
    }

    private static string CloseForms(string text)
    {
        if (text.Length == 0)
        {
            return text;
        }

        if (text.Count(unit => unit == '`') % 2 != 0)
        {
            return text[^1] == '`' ? text[..^1] : text + "`"; // in it nothing else has a meaning
        }

        text = WithoutOpenLink(text);
        foreach (var pair in Pairs)
        {
            if (CountOf(text, pair) % 2 != 0)
            {
                text = text.EndsWith(pair, StringComparison.Ordinal) ? text[..^pair.Length].TrimEnd() : text + pair;
            }
        }

        return text;
    }

    // "[label](https://exam": the label alone, as it will be read.
    private static string WithoutOpenLink(string text)
    {
        var open = text.LastIndexOf("](", StringComparison.Ordinal);
        if (open < 0 || text.IndexOf(')', open) >= 0 || text.Length - open > LongestLink || text.AsSpan(open).ContainsAny(" \n"))
        {
            return text;
        }

        var label = text.LastIndexOf('[', open);
        return label < 0 ? text : text[..label] + text[(label + 1)..open];
    }

    private static int CountOf(string text, string mark)
    {
        var count = 0;
        for (var at = text.IndexOf(mark, StringComparison.Ordinal); at >= 0; at = text.IndexOf(mark, at + mark.Length, StringComparison.Ordinal))
        {
            count++;
        }

        return count;
    }
}
