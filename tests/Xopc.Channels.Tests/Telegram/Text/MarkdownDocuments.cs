using System.Text;

namespace Xopc.Channels.Tests.Telegram.Text;

/// <summary>
/// Makes Markdown documents up, and knows without any parser which words a person must see: every word is unique and is written down when it is put where
/// it is visible.
/// </summary>
internal sealed class MarkdownDocuments(Random random)
{
    private static readonly string[] Stems = ["w", "слово", "שלום", "مرحبا", "語", "e\u0301", "ก็", "ß", "नि", "Ω"];
    private static readonly string[] Signs = ["👨‍👩‍👧", "🇩🇪", "👍🏽", "…", "—", "&amp;", "\u200B", "\u202E", "2 * 3", "a_b", "$5", "~", "\\*", "<br>", "</div>", "(", ")", "\"", "'"];
    private static readonly string[] Markup = ["*", "**", "_", "~~", "||", "`", "```", "\n", "\n\n", "> ", "- ", "1. ", "[", "]", "(", ")", "![", "](", "|", "\n|-|\n", "<", ">", "\\", "&", "    ", "\n# ", "\n---\n", "\n```\n", ":", "\"", "\t", "\u0301", "\r\n"];

    private readonly StringBuilder _source = new();
    private readonly List<string> _words = [];

    /// <summary>A document without a fault, and the words that are seen, in order.</summary>
    public (string Source, IReadOnlyList<string> Words) Whole()
    {
        _source.Clear();
        _words.Clear();
        for (var blocks = random.Next(1, random.Next(20) == 0 ? 60 : 12); blocks > 0; blocks--)
        {
            Block("", 0);
        }

        return (_source.ToString(), [.. _words]);
    }

    /// <summary>One whose markup is broken everywhere but inside the words: they stay visible, in whatever order, or are the target of a link or the name of a language.</summary>
    public (string Source, IReadOnlyList<string> Words) Broken()
    {
        var (source, words) = Whole();
        var broken = new StringBuilder(source);
        for (var times = random.Next(1, 40); times > 0 && broken.Length > 0; times--)
        {
            var at = random.Next(broken.Length);
            if (OfWord(broken[at]) || (at > 0 && OfWord(broken[at - 1])))
            {
                continue;
            }

            if (random.Next(2) == 0 && !char.IsSurrogate(broken[at]))
            {
                broken.Remove(at, 1);
            }
            else if (!char.IsLowSurrogate(broken[at]))
            {
                broken.Insert(at, Markup[random.Next(Markup.Length)]);
            }
        }

        return (broken.ToString(), words);
    }

    /// <summary>Anything at all.</summary>
    public string Noise()
    {
        var noise = new StringBuilder();
        for (var pieces = random.Next(400); pieces > 0; pieces--)
        {
            _ = random.Next(8) switch
            {
                0 => noise.Append((char)random.Next(0x10000)),
                1 => noise.Append(char.ConvertFromUtf32(random.Next(2) == 0 ? random.Next(0x1F300, 0x1FB00) : random.Next(0x20, 0xD800))),
                2 => noise.Append(Signs[random.Next(Signs.Length)]),
                3 => noise.Append(Stems[random.Next(Stems.Length)]).Append(' '),
                4 when random.Next(20) == 0 => noise.Append((char)random.Next(0x300, 0x370), random.Next(200)),
                5 when random.Next(20) == 0 => noise.Append(Markup[random.Next(Markup.Length)][0], random.Next(300)),
                _ => noise.Append(Markup[random.Next(Markup.Length)]),
            };
        }

        return noise.ToString();
    }

    private static bool OfWord(char unit) => char.IsLetterOrDigit(unit) || char.GetUnicodeCategory(unit) is System.Globalization.UnicodeCategory.NonSpacingMark or System.Globalization.UnicodeCategory.SpacingCombiningMark;

    private void Block(string indent, int depth)
    {
        switch (random.Next(depth > 3 ? 4 : 11))
        {
            case 0 or 1 or 2:
                Line(indent, Inline(random.Next(1, 40)));
                break;
            case 3:
                Fence(indent);
                break;
            case 4:
                Line(indent, $"{new string('#', random.Next(1, 7))} {Inline(random.Next(1, 8))}");
                break;
            case 5 or 6:
                List(indent, depth);
                break;
            case 7:
                Quote(indent, depth);
                break;
            case 8:
                Table(indent);
                break;
            case 9:
                Line(indent, random.Next(2) == 0 ? "***" : "---");
                break;
            default:
                Line(indent, Inline(random.Next(100, 900))); // longer than a caption, a message
                break;
        }

        Line(indent, "");
    }

    private void Line(string indent, string text) => _source.Append(indent).Append(text).Append('\n');

    private void Fence(string indent)
    {
        var mark = random.Next(2) == 0 ? "```" : "~~~~";
        Line(indent, mark + (random.Next(2) == 0 ? "csharp" : ""));
        for (var lines = random.Next(random.Next(10) == 0 ? 300 : 12); lines > 0; lines--)
        {
            Line(indent, random.Next(6) == 0 ? "" : $"{new string(' ', random.Next(12))}{Word()} = **{Word()}**; // [x]({Word()}) <{Word()}> `{Word()}`");
        }

        Line(indent, mark);
    }

    private void List(string indent, int depth)
    {
        var kind = random.Next(3);
        for (int items = random.Next(1, 6), i = 1; i <= items; i++)
        {
            var marker = kind switch { 0 => "- ", 1 => $"{i}. ", _ => random.Next(2) == 0 ? "- [x] " : "- [ ] " };
            Line(indent, marker + Inline(random.Next(1, 12)));
            if (random.Next(4) == 0)
            {
                Line("", "");
                Block(indent + new string(' ', kind == 1 ? 3 : 2), depth + 1);
            }
        }
    }

    private void Quote(string indent, int depth)
    {
        for (var blocks = random.Next(1, 4); blocks > 0; blocks--)
        {
            Block(indent + "> ", depth + 1);
        }
    }

    private void Table(string indent)
    {
        var columns = random.Next(1, 6);
        Line(indent, Row(columns));
        Line(indent, $"|{string.Concat(Enumerable.Range(0, columns).Select(_ => random.Next(3) switch { 0 => "---|", 1 => ":-:|", _ => "--:|" }))}");
        for (var rows = random.Next(8); rows > 0; rows--)
        {
            Line(indent, Row(random.Next(1, columns + 2)));
        }
    }

    private string Row(int columns)
    {
        var row = new StringBuilder("|");
        for (var i = 0; i < columns; i++)
        {
            row.Append(random.Next(4) switch { 0 => $" **{Word()}** ", 1 => $" `{Word()}` {Word()}", 2 => $" [{Word()}](https://a.example/) ", _ => $" {Word()} " }).Append('|');
        }

        return row.ToString();
    }

    private string Inline(int pieces)
    {
        var line = new StringBuilder(Word());
        for (; pieces > 1; pieces--)
        {
            line.Append(random.Next(12) == 0 ? random.Next(3) == 0 ? ". " : "\u00A0" : " ");
            line.Append(random.Next(16) switch
            {
                0 => $"**{Word()} {Word()}**",
                1 => $"*{Word()}*",
                2 => $"~~{Word()}~~",
                3 => $"||{Word()} {Word()}||",
                4 => $"`{Word()}`",
                5 => $"[{Word()} **{Word()}**](https://a.example/x_y?z=1)",
                6 => $"![{Word()}](https://a.example/i.png)",
                7 => $"**{Word()} `{Word()}` *{Word()}***",
                8 => Signs[random.Next(Signs.Length)],
                9 => $"https://a.example/{Word()}",
                10 => $"{Word()}.md",
                _ => Word(),
            });
        }

        return line.ToString();
    }

    private string Word()
    {
        var word = $"{Stems[random.Next(Stems.Length)]}{_words.Count}x{(random.Next(60) == 0 ? new string('y', random.Next(400)) : "")}";
        _words.Add(word);
        return word;
    }
}
