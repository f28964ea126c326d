namespace Xopc.Agents.Tools;

/// <summary>What a tool tells the model.</summary>
/// <param name="Text">At most <see cref="MaxBytes"/> of UTF-8.</param>
/// <param name="IsError">Whether the tool failed; the text then says why.</param>
internal sealed record ToolResult(string Text, bool IsError = false)
{
    /// <summary>As much of a result as a model is given.</summary>
    public const int MaxBytes = 50 * 1024;

    /// <summary>As many lines of a file as a model is given at once.</summary>
    public const int MaxLines = 500;

    public static ToolResult Error(string reason) => new(reason, true);

    /// <summary>The same, cut where it is too long, with a note.</summary>
    public ToolResult Capped()
    {
        // A character is at most three bytes here, so most results need no count.
        if (Text.Length <= MaxBytes / 3 || System.Text.Encoding.UTF8.GetByteCount(Text) <= MaxBytes)
        {
            return this;
        }

        return this with { Text = Text[..FittingLength(Text, MaxBytes)] + "\n…(truncated)" };
    }

    /// <summary>How many characters from the start fit into that many bytes, without cutting a character in two.</summary>
    public static int FittingLength(string text, int maxBytes)
    {
        var bytes = 0;
        var length = 0;
        foreach (var rune in text.EnumerateRunes())
        {
            bytes += rune.Utf8SequenceLength;
            if (bytes > maxBytes)
            {
                break;
            }

            length += rune.Utf16SequenceLength;
        }

        return Math.Min(length, text.Length);
    }
}
