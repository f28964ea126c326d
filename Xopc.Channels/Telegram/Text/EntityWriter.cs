using System.Text;

namespace Xopc.Channels.Telegram.Text;

/// <summary>
/// Writes the visible text and notes which forms cover what. A form begins with the first character written after it was opened, so what stays empty leaves
/// nothing behind; prefixes of lines (indentation, marks of inner quotes) are written with the line's first character.
/// </summary>
internal sealed class EntityWriter
{
    private const int NotBegun = -1;

    private readonly StringBuilder _text = new();
    private readonly List<TextEntity> _entities = [];
    private readonly List<TextEntity> _open = [];

    private string _prefix = "";
    private int _newlines;
    private bool _lineStart = true;

    public int Length => _text.Length;

    /// <summary>Whether the current line has characters already.</summary>
    public bool InLine => !_lineStart && _newlines == 0;

    /// <summary>What follows begins at least so many lines further down.</summary>
    public void Separate(int newlines) => _newlines = _text.Length == 0 ? 0 : Math.Max(_newlines, newlines);

    /// <summary>Lines from the next one on begin with this too.</summary>
    public string Indent(string more)
    {
        var before = _prefix;
        _prefix += more;
        return before;
    }

    public void Outdent(string before) => _prefix = before;

    /// <summary>Opens a form; false when the text is in such a form already, or in one that holds no other of its kind.</summary>
    public bool TryOpen(TextEntityKind kind, string? url = null)
    {
        if (_open.Exists(open => open.Kind == kind))
        {
            return false;
        }

        _open.Add(new TextEntity(kind, NotBegun, 0, url));
        return true;
    }

    /// <summary>Whether what was written since <paramref name="start"/> is <paramref name="text"/>.</summary>
    public bool EndsWith(int start, string text) => _text.Length - start >= text.Length && _text.ToString(_text.Length - text.Length, text.Length) == text;

    public void Close()
    {
        var open = _open[^1];
        _open.RemoveAt(_open.Count - 1);
        Note(open);
    }

    public void Text(ReadOnlySpan<char> text)
    {
        while (text.Length > 0)
        {
            var end = text.IndexOf('\n');
            var line = end < 0 ? text : text[..end];
            if (line.Length > 0)
            {
                BeginLine();
                Begin(static _ => true);
                _text.Append(line);
            }

            if (end >= 0)
            {
                NewLine();
            }

            text = text[(end < 0 ? text.Length : end + 1)..];
        }
    }

    public void NewLine()
    {
        BeginLine();
        _text.Append('\n');
        _lineStart = true;
    }

    /// <summary>Code in a line. A link or spoiler around it wins: Telegram takes only one of them, and a spoiler must go on hiding.</summary>
    public void Code(string code)
    {
        if (_open.Exists(static open => open.Kind is TextEntityKind.Link or TextEntityKind.Spoiler))
        {
            Text(code);
            return;
        }

        BeginLine();
        Suspend();
        var start = _text.Length;
        _text.Append(code);
        Note(new TextEntity(TextEntityKind.Code, start, 0));
    }

    /// <summary>Lines of code, always on lines of their own and without prefixes.</summary>
    public void Pre(string code, string? language)
    {
        if (InLine)
        {
            Separate(1);
        }

        WriteNewlines();
        Begin(static open => open.Kind == TextEntityKind.Blockquote);
        _entities.Add(new TextEntity(TextEntityKind.Pre, _text.Length, code.Length, Language: language));
        _text.Append(code);
        _lineStart = false;
    }

    /// <summary>Text as it is, whatever is in it.</summary>
    public void Raw(ReadOnlySpan<char> text)
    {
        if (text.Length > 0)
        {
            WriteNewlines();
            _text.Append(text);
            _lineStart = false;
        }
    }

    public RenderedText Finish(bool asWritten)
    {
        var text = _text.ToString();
        FileNames.Mark(text, _entities);
        _entities.Sort(static (a, b) => (a.Offset.CompareTo(b.Offset), b.Length.CompareTo(a.Length), a.Kind.CompareTo(b.Kind)) switch
        {
            (0, 0, var kind) => kind,
            (0, var length, _) => length,
            (var offset, _, _) => offset,
        });
        return new RenderedText(text, _entities, asWritten);
    }

    private void BeginLine()
    {
        WriteNewlines();
        if (_lineStart)
        {
            Begin(static open => open.Kind == TextEntityKind.Blockquote);
            _text.Append(_prefix);
            _lineStart = false;
        }
    }

    private void WriteNewlines()
    {
        if (_newlines > 0)
        {
            _text.Append('\n', _newlines - (_lineStart && _text.Length > 0 ? 1 : 0));
            _newlines = 0;
            _lineStart = true;
        }
    }

    private void Begin(Predicate<TextEntity> which)
    {
        for (var i = 0; i < _open.Count; i++)
        {
            if (_open[i].Offset == NotBegun && which(_open[i]))
            {
                _open[i] = _open[i] with { Offset = _text.Length };
            }
        }
    }

    // Telegram lets no form into or around code: those that are open end before it and begin again after it.
    private void Suspend()
    {
        for (var i = 0; i < _open.Count; i++)
        {
            if (_open[i].Kind != TextEntityKind.Blockquote)
            {
                Note(_open[i]);
                _open[i] = _open[i] with { Offset = NotBegun };
            }
        }
    }

    // Without the blanks at both ends, which Telegram would cut off itself; code in a block keeps its place at the start.
    private void Note(TextEntity open)
    {
        if (open.Offset == NotBegun)
        {
            return;
        }

        var (start, end) = (open.Offset, _text.Length);
        while (end > start && char.IsWhiteSpace(_text[end - 1]))
        {
            end--;
        }

        while (start < end && char.IsWhiteSpace(_text[start]) && !_entities.Exists(entity => entity.Offset == start))
        {
            start++;
        }

        if (end > start)
        {
            _entities.Add(open with { Offset = start, Length = end - start });
        }
    }
}
