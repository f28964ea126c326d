namespace Xopc.Channels.Previews;

/// <summary>The blocks of a Markdown text that is being written that surely do not change any more.</summary>
internal static class FinishedBlocks
{
    /// <summary>The text up to its last empty line, or to the end of its last block of code; empty when no block is finished.</summary>
    public static string Of(string markdown)
    {
        var (finished, fence) = (0, "");
        for (int line = 0, next; markdown.IndexOf('\n', line) is var end and >= 0; line = next)
        {
            next = end + 1;
            var content = markdown.AsSpan(line, end - line).Trim();
            if (fence.Length > 0)
            {
                if (content.Length >= fence.Length && content.IndexOfAnyExcept(fence[0]) < 0)
                {
                    (finished, fence) = (next, "");
                }
            }
            else if (Fence(content) is { Length: > 0 } opened)
            {
                fence = opened;
            }
            else if (content.Length == 0)
            {
                finished = next;
            }
        }

        return markdown[..finished];
    }

    /// <summary>The marks with which a line opens a block of code; empty when it opens none.</summary>
    internal static string Fence(ReadOnlySpan<char> line)
    {
        if (line.Length < 3 || line[0] is not ('`' or '~'))
        {
            return "";
        }

        var mark = line[0];
        var count = line.IndexOfAnyExcept(mark) is var other and >= 0 ? other : line.Length;
        return count >= 3 && !(mark == '`' && line[count..].Contains('`')) ? new string(mark, count) : "";
    }
}
