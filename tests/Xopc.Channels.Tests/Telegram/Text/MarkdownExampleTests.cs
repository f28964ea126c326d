using Xopc.Channels.Telegram.Text;

namespace Xopc.Channels.Tests.Telegram.Text;

public sealed class MarkdownExampleTests
{
    [Theory]
    [InlineData("plain", "plain")]
    [InlineData("**bold** and __bold__", "⟨bold⟩bold⟨/⟩ and ⟨bold⟩bold⟨/⟩")]
    [InlineData("*italic* and _italic_", "⟨italic⟩italic⟨/⟩ and ⟨italic⟩italic⟨/⟩")]
    [InlineData("***both***", "⟨bold⟩⟨italic⟩both⟨/⟩⟨/⟩")]
    [InlineData("**bold *and italic* so**", "⟨bold⟩bold ⟨italic⟩and italic⟨/⟩ so⟨/⟩")]
    [InlineData("snake_case_name 2*3*4 a * b", "snake_case_name 2⟨italic⟩3⟨/⟩4 a * b")]
    [InlineData("~~gone~~ and ~5 to ~6", "⟨strikethrough⟩gone⟨/⟩ and ~5 to ~6")]
    [InlineData("||hidden|| a || b", "⟨spoiler⟩hidden⟨/⟩ a || b")]
    [InlineData("||**x** `y`||", "⟨spoiler⟩⟨bold⟩x⟨/⟩ y⟨/⟩")]
    [InlineData("`code *here*`", "⟨code⟩code *here*⟨/⟩")]
    [InlineData("**bold `code` bold**", "⟨bold⟩bold⟨/⟩ ⟨code⟩code⟨/⟩ ⟨bold⟩bold⟨/⟩")]
    [InlineData("\\*not\\* &amp; &lt;b&gt;", "*not* & <b>")]
    [InlineData("one **open", "one **open")]
    public void Inline_forms_are_entities(string markdown, string expected) => Assert.Equal(expected, Render(markdown));

    [Theory]
    [InlineData("[site](https://a.example/x)", "⟨link https://a.example/x⟩site⟨/⟩")]
    [InlineData("[**bold** `code`](https://a.example/)", "⟨link https://a.example/⟩⟨bold⟩bold⟨/⟩ code⟨/⟩")]
    [InlineData("[mail](mailto:a@b.example) [user](tg://user?id=1)", "⟨link mailto:a@b.example⟩mail⟨/⟩ ⟨link tg://user?id=1⟩user⟨/⟩")]
    [InlineData("[bad](javascript:alert(1)) [file](docs/x.txt)", "bad (javascript:alert(1)) file (docs/x.txt)")]
    [InlineData("[site](https://a.example/ \"A title\")", "⟨link https://a.example/⟩site⟨/⟩ (A title)")]
    [InlineData("[below](#below) [data](data:text/plain,x)", "below data")]
    [InlineData("[](https://a.example/)", "⟨link https://a.example/⟩https://a.example/⟨/⟩")]
    [InlineData("https://a.example/a_b_c?d=*e*f so.", "⟨link https://a.example/a_b_c?d=*e*f⟩https://a.example/a_b_c?d=*e*f⟨/⟩ so.")]
    [InlineData("<https://a.example> <a@b.example>", "⟨link https://a.example⟩https://a.example⟨/⟩ ⟨link mailto:a@b.example⟩a@b.example⟨/⟩")]
    [InlineData("www.a.example", "⟨link https://www.a.example⟩www.a.example⟨/⟩")]
    [InlineData("![a cat](https://a.example/cat.png)", "⟨link https://a.example/cat.png⟩a cat⟨/⟩")]
    [InlineData("![](data:image/png;base64,AAAA)", "(image)")]
    [InlineData("[![badge](https://a.example/b.png)](https://a.example/)", "⟨link https://a.example/⟩badge⟨/⟩")]
    [InlineData("[site][1]\n\n[1]: https://a.example/ \"Title\"", "⟨link https://a.example/⟩site⟨/⟩\n\n⟨link https://a.example/⟩1⟨/⟩: ⟨link https://a.example/⟩https://a.example/⟨/⟩ \"Title\"")]
    [InlineData("[Warning]: nothing", "Warning (nothing): nothing")]
    [InlineData("a footnote[^1]\n\n[^1]: its text", "a footnote[^1]\n\n[^1]: its text")]
    public void Links_keep_what_they_say(string markdown, string expected) => Assert.Equal(expected, Render(markdown));

    [Theory]
    [InlineData("see foo.md, docs/a-b.py and main.rs.", "see ⟨code⟩foo.md⟨/⟩, ⟨code⟩docs/a-b.py⟨/⟩ and ⟨code⟩main.rs⟨/⟩.")]
    [InlineData("snake_case_file.md", "⟨code⟩snake_case_file.md⟨/⟩")]
    [InlineData("**read README.md now**", "⟨bold⟩read⟨/⟩ ⟨code⟩README.md⟨/⟩ ⟨bold⟩now⟨/⟩")]
    [InlineData("`a.md` and [a.md](https://a.example/a.md)", "⟨code⟩a.md⟨/⟩ and ⟨link https://a.example/a.md⟩a.md⟨/⟩")]
    [InlineData("example.com, a@b.md, 3.5 and .md", "example.com, a@b.md, 3.5 and .md")]
    public void Names_of_files_never_become_links(string markdown, string expected) => Assert.Equal(expected, Render(markdown));

    [Theory]
    [InlineData("# Title\n\ntext", "⟨bold⟩Title⟨/⟩\n\ntext")]
    [InlineData("### A **bold** `x`", "⟨bold⟩A bold⟨/⟩ ⟨code⟩x⟨/⟩")]
    [InlineData("text\n---\nmore", "text\n---\nmore")]
    [InlineData("text\n\n---\n\nmore", "text\n\n───\n\nmore")]
    [InlineData("soft\nbreak\\\nhard  \nhard", "soft\nbreak\nhard\nhard")]
    [InlineData("one\n\n\n\ntwo", "one\n\ntwo")]
    [InlineData("<b>so</b> <br>\n\n<div>\nx\n</div>", "<b>so</b> <br>\n\n<div>\nx\n</div>")]
    [InlineData("", "")]
    public void Blocks_stand_apart(string markdown, string expected) => Assert.Equal(expected, Render(markdown));

    [Theory]
    [InlineData("```csharp\nvar x = 1;\n\n  y();\n```", "⟨pre csharp⟩var x = 1;\n\n  y();⟨/⟩")]
    [InlineData("```\n  indented\n```\nafter", "⟨pre⟩  indented⟨/⟩\n\nafter")]
    [InlineData("~~~c++\n```\n~~~", "⟨pre c++⟩```⟨/⟩")]
    [InlineData("    indented code", "⟨pre⟩indented code⟨/⟩")]
    [InlineData("```js title=\"a\"\nx\n```", "title=\"a\"\n⟨pre js⟩x⟨/⟩")]
    [InlineData("``` this is no language", "this is no language")]
    [InlineData("```python\nopen", "⟨pre python⟩open⟨/⟩")]
    public void Code_blocks_keep_language_and_indentation(string markdown, string expected) => Assert.Equal(expected, Render(markdown));

    [Theory]
    [InlineData("> one\n> two\n\nafter", "⟨blockquote⟩one\ntwo⟨/⟩\n\nafter")]
    [InlineData("> one\n>> two\n>\n> three", "⟨blockquote⟩one\n\n> two\n\nthree⟨/⟩")]
    [InlineData("> > deep", "⟨blockquote⟩> deep⟨/⟩")]
    [InlineData("> **b**\n>\n> ```\n>   x\n> ```", "⟨blockquote⟩⟨bold⟩b⟨/⟩\n\n⟨pre⟩  x⟨/⟩⟨/⟩")]
    [InlineData(">", "")]
    public void Quotes_hold_no_quotes(string markdown, string expected) => Assert.Equal(expected, Render(markdown));

    [Theory]
    [InlineData("- a\n- b\n  - c\n    - d\n- e", "• a\n• b\n  • c\n    • d\n• e")]
    [InlineData("3. a\n4. b\n   more", "3. a\n4. b\n  more")]
    [InlineData("1) a\n2) b", "1) a\n2) b")]
    [InlineData("- [ ] open\n- [x] **done**\n- [link](https://a.example/)", "☐ open\n☑ ⟨bold⟩done⟨/⟩\n• ⟨link https://a.example/⟩link⟨/⟩")]
    [InlineData("1. [x] a\n2. b", "1. ☑ a\n2. b")]
    [InlineData("- a\n\n  second\n- b", "• a\n\n  second\n\n• b")]
    [InlineData("- a\n  ```\n  x\n  ```\n- > q", "• a\n⟨pre⟩x⟨/⟩\n•\n  ⟨blockquote⟩q⟨/⟩")]
    public void Lists_are_indented_by_their_depth(string markdown, string expected) => Assert.Equal(expected, Render(markdown).Replace("• \n", "•\n", StringComparison.Ordinal));

    [Fact]
    public void A_table_is_laid_out_in_columns()
    {
        var table = Render("Sizes:\n| Name | Size |\n|:-----|-----:|\n| **a** \\| b | 12 |\n| 猫 | 7 | more |\n| [x](https://a.example/) |");

        Assert.Equal("Sizes:\n⟨pre⟩Name                   | Size\n-----------------------+-----\na | b                  |   12\n猫                     |    7 | more\nx (https://a.example/)⟨/⟩", table);
    }

    [Theory]
    [InlineData("a | b\nno table", "a | b\nno table")]
    [InlineData("| a | b |\n|---|", "| a | b |\n|---|")]
    public void Bars_without_a_row_of_dashes_are_bars(string markdown, string expected) => Assert.Equal(expected, Render(markdown));

    [Theory]
    [InlineData("👨‍👩‍👧 **שלום עולם** e\u0301", "👨‍👩‍👧 ⟨bold⟩שלום עולם⟨/⟩ e\u0301")]
    public void Characters_of_all_scripts_stay(string markdown, string expected) => Assert.Equal(expected, Render(markdown));

    [Fact]
    public void What_is_no_character_becomes_the_sign_for_it() => Assert.Equal("half \uFFFD pair\nand\nlines\uFFFD", Render("half \ud83d pair\r\nand\rlines\0"));

    [Fact]
    public void A_source_that_is_nested_too_deep_stands_as_it_was_written()
    {
        var source = string.Concat(Enumerable.Repeat("> ", 200)) + "**deep**";

        var rendered = TelegramText.Render(source);

        Assert.True(rendered.AsWritten);
        Assert.Equal(source, rendered.Text);
        Assert.Empty(rendered.Entities);
    }

    [Fact]
    public void A_paragraph_with_too_many_marks_stands_as_it_was_written_and_the_next_one_is_read()
    {
        var marks = string.Concat(Enumerable.Repeat("*a ", InlineBound.Marks + 1)).TrimEnd();

        Assert.Equal($"{marks}\n\n⟨bold⟩b⟨/⟩", Render($"{marks}\n\n**b**"));
    }

    [Fact]
    public void A_source_beyond_the_bound_is_not_read()
    {
        var source = new string('ü', TelegramText.SourceLimit / 2) + "*a*";

        Assert.Equal(source, TelegramText.Render(source).Text);
        Assert.True(TelegramText.Render(source).AsWritten);
    }

    [Fact]
    public void A_long_source_reads_the_same_in_pieces()
    {
        const string Source = "# One\n\n- a\n- b\n\n```js\nx\n\n\ny\n```\n\n> q\n\n| a | b |\n|---|---|\n| 1 | 2 |\n\n~~~\n```\n\nz\n~~~\nlast *word*";

        Assert.Equal(Marked.Of(TelegramText.Render(Source)), Marked.Of(TelegramText.Render(Source, whole: 8)));
    }

    private static string Render(string markdown)
    {
        var rendered = TelegramText.Render(markdown);
        WellFormed.Check(rendered);
        Assert.False(rendered.AsWritten);
        return Marked.Of(rendered);
    }
}
