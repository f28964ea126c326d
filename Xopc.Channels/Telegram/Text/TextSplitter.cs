using System.Globalization;

namespace Xopc.Channels.Telegram.Text;

/// <summary>
/// Cuts a rendered text into messages.
/// <para>
/// Put together in order, the parts are the rendered text without: the white space in front of the first visible character (a block of code keeps its
/// indentation) and behind the last one; and, at every border, the run of white space around it. If the text goes on in the block of code in which it was
/// cut, that run ends with its last line end, so that the next line keeps its indentation. A piece in which nothing can be seen (<see cref="Visible"/>) makes no
/// part.
/// </para>
/// <para>
/// A border is, in this order, in front of a block, a line, a sentence, a word, if there is one in the second half of what fits; else the last line or word
/// that there is; else between two characters as a person counts them (grapheme clusters). Only a cluster longer than a part is cut, between its code points.
/// A form that is cut goes on in the next part.
/// </para>
/// </summary>
internal sealed class TextSplitter
{
    // A cluster longer than this is only looked at so far, or a megabyte of marks would be measured anew for every part.
    private const int LookAhead = 2;

    private readonly string _text;
    private readonly IReadOnlyList<TextEntity> _entities;
    private readonly List<TextEntity> _blocks;
    private readonly List<TextEntity> _active = [];
    private readonly int _end;

    private int _next;
    private int _block;

    private TextSplitter(RenderedText rendered)
    {
        _text = rendered.Text;
        _entities = rendered.Entities;
        _blocks = [.. rendered.Entities.Where(static entity => entity.Kind == TextEntityKind.Pre)];
        _end = BackOverBlanks(_text.Length, 0);
    }

    /// <param name="rendered">The whole text.</param>
    /// <param name="first">UTF-16 units of the first part, at least 2.</param>
    /// <param name="others">UTF-16 units of each further part, at least 2.</param>
    public static IReadOnlyList<TextPart> Split(RenderedText rendered, int first, int others)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(first, 2);
        ArgumentOutOfRangeException.ThrowIfLessThan(others, 2);
        var splitter = new TextSplitter(rendered);
        var parts = new List<TextPart>();
        for (var start = splitter.SkipBlanks(0); start < splitter._end;)
        {
            start = splitter.Take(start, parts.Count == 0 ? first : others, parts);
        }

        return parts;
    }

    private int Take(int start, int limit, List<TextPart> parts)
    {
        var furthest = Math.Min(_end, start + limit);
        var capped = Capped(start, furthest);
        var cut = capped == _end ? _end : Border(start, capped);
        if (cut <= start && capped < furthest)
        {
            cut = Border(start, furthest); // a hundred forms in one cluster: it stays whole and loses the further ones
        }

        if (cut <= start)
        {
            cut = char.IsHighSurrogate(_text[furthest - 1]) && furthest < _end ? furthest - 1 : furthest;
        }

        var end = BackOverBlanks(cut, start);
        var next = cut == _end ? _end : Resume(end, cut);
        if (Visible.Any(_text.AsSpan(start, end - start)))
        {
            parts.Add(new TextPart(_text[start..end], Slices(start, end)));
        }

        Leave(next);
        return next;
    }

    // Not as far as the entity that would be one too many.
    private int Capped(int start, int furthest)
    {
        var extra = _next + TelegramText.EntityLimit - _active.Count;
        return extra < _entities.Count && _entities[extra].Offset < furthest ? Math.Max(start + 1, _entities[extra].Offset) : furthest;
    }

    private List<TextEntity> Slices(int start, int end)
    {
        var slices = new List<TextEntity>();
        foreach (var entity in _active)
        {
            Slice(entity, start, end, slices);
        }

        for (var i = _next; i < _entities.Count && _entities[i].Offset < end; i++)
        {
            Slice(_entities[i], start, end, slices);
        }

        return slices;
    }

    private static void Slice(TextEntity entity, int start, int end, List<TextEntity> slices)
    {
        var (from, to) = (Math.Max(entity.Offset, start), Math.Min(entity.End, end));
        if (from < to && slices.Count < TelegramText.EntityLimit)
        {
            slices.Add(entity with { Offset = from - start, Length = to - from });
        }
    }

    // From here on only what reaches beyond `next` is of interest.
    private void Leave(int next)
    {
        for (; _next < _entities.Count && _entities[_next].Offset < next; _next++)
        {
            _active.Add(_entities[_next]);
        }

        _active.RemoveAll(entity => entity.End <= next);
    }

    private int Border(int start, int furthest)
    {
        Span<int> last = [0, 0, 0, 0];
        var (cluster, begun) = (start, false);
        for (var i = start; i <= furthest && i < _end;)
        {
            cluster = i;
            begun = begun || !char.IsWhiteSpace(_text[i]);
            if (begun && i > start)
            {
                Candidate(i, last);
            }

            i += ClusterAt(i, Math.Min(_text.Length, furthest + LookAhead));
        }

        if (furthest == _end)
        {
            cluster = _end;
        }

        var half = start + ((furthest - start) / 2);
        foreach (var border in last)
        {
            if (border > half)
            {
                return border;
            }
        }

        var words = Math.Max(last[(int)BorderKind.Line], last[(int)BorderKind.Word]);
        return words > start ? words : cluster;
    }

    private void Candidate(int at, Span<int> last)
    {
        if (EndsIdeographicSentence(at))
        {
            last[(int)BorderKind.Sentence] = at;
        }

        var unit = _text[at];
        if (!char.IsWhiteSpace(unit) || unit is '\u00A0' or '\u2007' or '\u202F' || !IsBlank(at))
        {
            return;
        }

        last[(int)BorderKind.Word] = at;
        if (unit == '\n')
        {
            var inCode = InCode(at);
            last[(int)BorderKind.Line] = at;
            if (!inCode && _text[at + 1] == '\n')
            {
                last[(int)BorderKind.Block] = at;
            }
        }

        if (EndsSentence(at) && !InCode(at))
        {
            last[(int)BorderKind.Sentence] = at;
        }
    }

    private bool EndsSentence(int at)
    {
        var i = at - 1;
        while (i > 0 && _text[i] is ')' or ']' or '"' or '\'' or '»' or '”' or '’')
        {
            i--;
        }

        return i >= 0 && _text[i] is '.' or '!' or '?' or '…' or '。' or '！' or '？' or '؟' or '।';
    }

    // In these scripts no blank follows.
    private bool EndsIdeographicSentence(int at) => _text[at - 1] is '。' or '！' or '？' && _text[at] is not ('」' or '』' or '”' or '）') && !InCode(at);

    private bool InCode(int at)
    {
        while (_block < _blocks.Count && _blocks[_block].End <= at)
        {
            _block++;
        }

        while (_block > 0 && _blocks[_block - 1].End > at)
        {
            _block--; // a border was taken before the place that was looked at last
        }

        return _block < _blocks.Count && _blocks[_block].Offset < at;
    }

    private int BackOverBlanks(int at, int start)
    {
        while (at > start && char.IsWhiteSpace(_text[at - 1]))
        {
            at--;
        }

        return at;
    }

    private int SkipBlanks(int at)
    {
        while (at < _end && IsBlank(at) && !CodeBeginsAt(at))
        {
            at++;
        }

        return at;
    }

    private int Resume(int end, int cut)
    {
        var next = SkipBlanks(cut);
        if (next < _end && InCode(next))
        {
            var run = Math.Max(end, _blocks[_block].Offset);
            return run + _text.AsSpan(run, next - run).LastIndexOf('\n') is var lineEnd && lineEnd >= run ? lineEnd + 1 : next;
        }

        return next;
    }

    private bool CodeBeginsAt(int at)
    {
        _ = InCode(at);
        return _block < _blocks.Count && _blocks[_block].Offset == at;
    }

    // A blank with a combining mark on it is a character that is seen.
    private bool IsBlank(int at) => char.IsWhiteSpace(_text[at]) && ClusterAt(at, Math.Min(_text.Length, at + 1 + LookAhead)) == 1;

    private int ClusterAt(int at, int until)
    {
        if (at + 1 >= until || (_text[at] < '\u0300' && _text[at + 1] < '\u0300' && _text[at] != '\r'))
        {
            return 1;
        }

        return StringInfo.GetNextTextElementLength(_text.AsSpan(at, until - at));
    }

    private enum BorderKind
    {
        Block,
        Line,
        Sentence,
        Word,
    }
}
