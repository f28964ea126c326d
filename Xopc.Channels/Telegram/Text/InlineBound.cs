using System.Buffers;
using Markdig.Syntax;

namespace Xopc.Channels.Telegram.Text;

/// <summary>
/// One paragraph's inline forms cost the square of the number of its marks, and its recursion is as deep as their number. With more marks than this a
/// paragraph stands as it was written.
/// </summary>
internal static class InlineBound
{
    public const int Marks = 1000;

    public static readonly SearchValues<char> MarkCharacters = SearchValues.Create("[]()!*_~|`<&\\");

    public static void Apply(LeafBlock block)
    {
        var marks = 0;
        for (var i = 0; i < block.Lines.Count && marks <= Marks; i++)
        {
            for (var line = block.Lines.Lines[i].Slice.AsSpan(); line.IndexOfAny(MarkCharacters) is >= 0 and var at; line = line[(at + 1)..])
            {
                marks++;
            }

            marks += Count(block.Lines.Lines[i].Slice.AsSpan(), "://") + Count(block.Lines.Lines[i].Slice.AsSpan(), "www.");
        }

        block.ProcessInlines &= marks <= Marks;
    }

    private static int Count(ReadOnlySpan<char> line, string what)
    {
        var count = 0;
        for (; line.IndexOf(what, StringComparison.Ordinal) is >= 0 and var at; line = line[(at + what.Length)..])
        {
            count++;
        }

        return count;
    }
}
