using System.Globalization;
using Xopc.Channels.Telegram.Text;

namespace Xopc.Channels.Tests.Telegram.Text;

/// <summary>What Telegram demands of a message, and what the splitter promises. Written without a look at how they are met.</summary>
internal static class WellFormed
{
    private static readonly TextEntityKind[] Solid = [TextEntityKind.Code, TextEntityKind.Pre, TextEntityKind.Link];
    private static readonly TextEntityKind[] Code = [TextEntityKind.Code, TextEntityKind.Pre];

    public static void Check(RenderedText rendered) => Check(rendered.Text, rendered.Entities);

    /// <summary>The parts within their limits, and together the whole text but for white space at the borders.</summary>
    public static void Check(RenderedText rendered, IReadOnlyList<TextPart> parts, int first, int others)
    {
        var boundaries = new HashSet<int>(StringInfo.ParseCombiningCharacters(rendered.Text)) { rendered.Text.Length };
        var at = 0;
        for (var i = 0; i < parts.Count; i++)
        {
            var (part, limit) = (parts[i], i == 0 ? first : others);
            True(part.Text.Length > 0 && part.Text.Length <= limit, $"part {i} has {part.Text.Length} units");
            True(part.Entities.Count <= 100, $"part {i} has {part.Entities.Count} entities");
            True(Visible.Any(part.Text) && !char.IsWhiteSpace(part.Text[^1]), $"part {i} is or ends blank");
            Check(part.Text, part.Entities);
            var start = rendered.Text.IndexOf(part.Text, at, StringComparison.Ordinal);
            True(start >= 0 && !Visible.Any(rendered.Text.AsSpan(at, start - at)), $"something is missing in front of part {i}");
            True(!char.IsWhiteSpace(part.Text[0]) || !boundaries.Contains(start + 1) || rendered.Entities.Any(entity => entity.Kind == TextEntityKind.Pre && entity.Offset <= start && entity.End > start), $"part {i} begins blank");
            var end = start + part.Text.Length;
            True(boundaries.Contains(end) || ClusterAround(end, boundaries) > limit, $"part {i} ends inside a character");
            SameForms(rendered.Entities, part, start, end);
            at = end;
        }

        True(!Visible.Any(rendered.Text.AsSpan(at)), "something is missing at the end");
    }

    private static void Check(string text, IReadOnlyList<TextEntity> entities)
    {
        var open = new Stack<TextEntity>();
        var last = 0;
        foreach (var entity in entities)
        {
            True(entity.Offset >= last && entity.Length > 0 && entity.End <= text.Length, $"{entity} is out of order or range");
            True(!char.IsLowSurrogate(text[entity.Offset]) || entity.Offset == 0, $"{entity} begins inside a surrogate pair");
            True(entity.End == text.Length || !char.IsLowSurrogate(text[entity.End]), $"{entity} ends inside a surrogate pair");
            True(Visible.Any(text.AsSpan(entity.Offset, entity.Length)) || text.AsSpan(entity.Offset, entity.Length).Trim().Length > 0, $"{entity} is blank");
            True(entity.Url is null == (entity.Kind != TextEntityKind.Link) && (entity.Language is null || entity.Kind == TextEntityKind.Pre), $"{entity} has too much or too little");
            last = entity.Offset;
            while (open.Count > 0 && open.Peek().End <= entity.Offset)
            {
                open.Pop();
            }

            foreach (var around in open)
            {
                True(entity.End <= around.End, $"{entity} crosses {around}");
                True(!Code.Contains(around.Kind), $"{entity} is inside {around}");
                True(around.Kind != entity.Kind, $"{entity} is inside its own kind");
                True(!Solid.Contains(around.Kind) || !Solid.Contains(entity.Kind), $"{entity} is inside {around}");
                True(!Code.Contains(entity.Kind) || around.Kind == TextEntityKind.Blockquote, $"{entity} is inside {around}");
            }

            open.Push(entity);
        }
    }

    // Every character has in its part the forms that it has in the whole.
    private static void SameForms(IReadOnlyList<TextEntity> whole, TextPart part, int start, int end)
    {
        var expected = whole.Where(entity => entity.Offset < end && entity.End > start)
            .Select(entity => entity with { Offset = Math.Max(entity.Offset, start) - start, Length = Math.Min(entity.End, end) - Math.Max(entity.Offset, start) });
        True(expected.SequenceEqual(part.Entities), "the forms of a part are not those of the whole");
    }

    private static int ClusterAround(int at, HashSet<int> boundaries)
    {
        var (from, to) = (at, at);
        while (!boundaries.Contains(from))
        {
            from--;
        }

        while (!boundaries.Contains(to))
        {
            to++;
        }

        return to - from;
    }

    private static void True(bool condition, string otherwise)
    {
        if (!condition)
        {
            Assert.Fail(otherwise);
        }
    }
}
