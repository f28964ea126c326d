using System.Text;
using Markdig.Syntax;

namespace Xopc.Channels.Telegram.Text;

/// <summary>
/// A table in the last lines of a paragraph:
/// <code>
/// | Name | Size |
/// |:-----|-----:|
/// | a.md |   12 |
/// </code>
/// Telegram has no tables; it is laid out in columns, for a block of code. Cells beyond the header's are kept.
/// </summary>
internal sealed class TableLayout
{
    // Wider columns would only be wrapped on a phone.
    private const int WidestColumn = 40;

    private static readonly object Key = typeof(TableLayout);

    private readonly List<List<string>> _rows = [];
    private readonly List<char> _alignments = [];

    private int _sourceLength;

    public static TableLayout? Of(ParagraphBlock paragraph) => (TableLayout?)paragraph.GetData(Key);

    /// <summary>Takes the lines of a table, if there is one, out of the paragraph.</summary>
    public static void TakeFrom(ParagraphBlock paragraph)
    {
        ref var lines = ref paragraph.Lines;
        for (var i = 1; i < lines.Count; i++)
        {
            var delimiters = lines.Lines[i].Slice.AsSpan();
            if (delimiters.IndexOfAnyExcept(" \t|:-") >= 0 || !delimiters.Contains('-') || !(delimiters.Contains('|') || lines.Lines[i - 1].Slice.AsSpan().Contains('|')))
            {
                continue;
            }

            var alignments = Cells(delimiters);
            if (alignments.All(IsDelimiter) && alignments.Count == Cells(lines.Lines[i - 1].Slice.AsSpan()).Count)
            {
                paragraph.SetData(Key, Take(paragraph, i, alignments));
                return;
            }
        }
    }

    /// <param name="cell">Gives the visible text of a cell.</param>
    public string Print(Func<string, string> cell)
    {
        var rows = _rows.ConvertAll(row => row.ConvertAll(source => cell(source)));
        var widths = new List<int>();
        foreach (var row in rows)
        {
            for (var i = 0; i < row.Count; i++)
            {
                var width = Math.Min(WidestColumn, DisplayWidth.Of(row[i]));
                if (i == widths.Count)
                {
                    widths.Add(width);
                }

                widths[i] = Math.Max(widths[i], width);
            }
        }

        // One wide cell above thousands of narrow ones must not become megabytes of blanks.
        var padded = rows.Sum(row => widths.Take(row.Count).Sum(width => (long)width + 3));
        var text = Print(rows, padded > (8L * _sourceLength) + 2048 ? [] : widths);
        return text.ToString();
    }

    private StringBuilder Print(List<List<string>> rows, List<int> widths)
    {
        var text = new StringBuilder();
        for (var i = 0; i < rows.Count; i++)
        {
            if (i > 0)
            {
                text.Append('\n');
            }

            for (var column = 0; column < rows[i].Count; column++)
            {
                text.Append(column == 0 ? "" : " | ");
                Pad(text, rows[i][column], column < widths.Count ? widths[column] : 0, column < _alignments.Count ? _alignments[column] : 'l', column == rows[i].Count - 1);
            }

            TrimEnd(text);
            if (i == 0)
            {
                text.Append('\n').AppendJoin("-+-", Enumerable.Range(0, rows[0].Count).Select(column => new string('-', column < widths.Count ? Math.Max(1, widths[column]) : 3)));
            }
        }

        return text;
    }

    private static void Pad(StringBuilder text, string cell, int width, char alignment, bool last)
    {
        var blanks = Math.Max(0, width - DisplayWidth.Of(cell));
        var before = alignment switch { 'r' => blanks, 'c' => blanks / 2, _ => 0 };
        text.Append(' ', before).Append(cell).Append(' ', last ? 0 : blanks - before);
    }

    private static void TrimEnd(StringBuilder text)
    {
        while (text.Length > 0 && text[^1] == ' ')
        {
            text.Length--;
        }
    }

    private static TableLayout Take(ParagraphBlock paragraph, int delimiters, List<string> alignments)
    {
        var table = new TableLayout();
        table._alignments.AddRange(alignments.Select(cell => (cell[0] == ':', cell[^1] == ':') switch { (true, true) => 'c', (false, true) => 'r', _ => 'l' }));
        ref var lines = ref paragraph.Lines;
        for (var i = delimiters - 1; i < lines.Count; i++)
        {
            if (i != delimiters)
            {
                table._rows.Add(Cells(lines.Lines[i].Slice.AsSpan()));
            }

            table._sourceLength += lines.Lines[i].Slice.Length;
        }

        while (lines.Count >= delimiters)
        {
            lines.RemoveAt(lines.Count - 1);
        }

        if (lines.Count == 0)
        {
            paragraph.ProcessInlines = false;
        }

        return table;
    }

    private static bool IsDelimiter(string cell) => cell.AsSpan().Trim(':') is { Length: > 0 } dashes && cell.Length - dashes.Length <= 2 && dashes.IndexOfAnyExcept('-') < 0;

    private static List<string> Cells(ReadOnlySpan<char> line)
    {
        line = line.Trim();
        if (line.StartsWith("|"))
        {
            line = line[1..];
        }

        var cells = new List<string>();
        var cell = new StringBuilder();
        for (var i = 0; i < line.Length; i++)
        {
            if (line[i] == '\\' && i + 1 < line.Length)
            {
                // A bar that was escaped belongs to the cell; other escapes are the cell's own matter.
                cell.Append(line[i + 1] == '|' ? "" : "\\").Append(line[++i]);
            }
            else if (line[i] == '|')
            {
                cells.Add(cell.ToString().Trim());
                cell.Clear();
            }
            else
            {
                cell.Append(line[i]);
            }
        }

        if (cell.ToString().Trim() is { Length: > 0 } last || cells.Count == 0)
        {
            cells.Add(cell.ToString().Trim());
        }

        return cells;
    }
}
