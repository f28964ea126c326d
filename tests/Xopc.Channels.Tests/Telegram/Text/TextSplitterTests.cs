using Xopc.Channels.Telegram.Text;

namespace Xopc.Channels.Tests.Telegram.Text;

public sealed class TextSplitterTests
{
    [Theory]
    [InlineData("aaaa bbbb. cc\n\ndd. ee ff", 20, "aaaa bbbb. cc|dd. ee ff")] // a block before a later sentence
    [InlineData("aaaa bbbb cc\ndd. ee ff gg", 20, "aaaa bbbb cc|dd. ee ff gg")] // a line before a later sentence
    [InlineData("aaaa bbbb cc. dd ee ff", 20, "aaaa bbbb cc.|dd ee ff")] // a sentence before a later word
    [InlineData("aaaa bbbb cc dd ee ff gg", 20, "aaaa bbbb cc dd ee|ff gg")]
    [InlineData("aa bbbbbbbbbbbbbbbbbbbb", 20, "aa|bbbbbbbbbbbbbbbbbbbb")] // the long word fits the next part
    [InlineData("bbbbbbbbbbbbbbbbbbbbbbbbb", 20, "bbbbbbbbbbbbbbbbbbbb|bbbbb")]
    [InlineData("你好世界你好世界你好世。界你好世界你", 16, "你好世界你好世界你好世。|界你好世界你")]
    [InlineData("a\u00A0b\u00A0c dddd", 8, "a\u00A0b\u00A0c|dddd")]
    [InlineData("  \n a  \n\n ", 20, "a")]
    [InlineData(" \u200B\u2800 ", 20, "")]
    public void The_best_border_is_taken(string text, int limit, string expected) => Assert.Equal(expected, Joined(new RenderedText(text, [], false), limit));

    [Fact]
    public void A_character_of_many_code_points_is_not_cut()
    {
        const string Family = "👨‍👩‍👧";

        Assert.Equal($"aaaaaaa|{Family}|{Family}", Joined(new RenderedText($"aaaaaaa{Family}{Family}", [], false), 14));
        Assert.Equal("aaa|\ud83d\ude00", Joined(new RenderedText("aaa\ud83d\ude00", [], false), 4));
    }

    [Fact]
    public void A_character_longer_than_a_part_is_cut_between_its_code_points()
    {
        var parts = TextSplitter.Split(new RenderedText("a" + new string('\u0301', 25) + "\U0001F3FB", [], false), 10, 10);

        Assert.Equal([10, 10, 8], parts.Select(part => part.Text.Length));
    }

    [Fact]
    public void Code_goes_on_in_the_next_part_with_its_language_and_its_indentation()
    {
        var parts = TextSplitter.Split(TelegramText.Render("```python\nif a:\n\n    b()\n    c()\n```"), 12, 12);

        Assert.Equal(["⟨pre python⟩if a:⟨/⟩", "⟨pre python⟩    b()⟨/⟩", "⟨pre python⟩    c()⟨/⟩"], parts.Select(Marked.Of));
    }

    [Fact]
    public void Forms_go_on_in_the_next_part()
    {
        var parts = TextSplitter.Split(TelegramText.Render("> **aaaa bbbb [cccc dddd](https://a.example/)**"), 15, 15);

        Assert.Equal(
            ["⟨blockquote⟩⟨bold⟩aaaa bbbb ⟨link https://a.example/⟩cccc⟨/⟩⟨/⟩⟨/⟩", "⟨blockquote⟩⟨bold⟩⟨link https://a.example/⟩dddd⟨/⟩⟨/⟩⟨/⟩"],
            parts.Select(Marked.Of));
    }

    [Fact]
    public void A_part_has_a_hundred_entities_at_most()
    {
        var rendered = TelegramText.Render(string.Concat(Enumerable.Repeat("**a** b ", 250)));

        var parts = TextSplitter.Split(rendered, 4096, 4096);

        Assert.Equal([100, 100, 50], parts.Select(part => part.Entities.Count));
        WellFormed.Check(rendered, parts, 4096, 4096);
    }

    [Fact]
    public void The_first_part_fits_a_caption_and_the_others_a_message()
    {
        var parts = TelegramText.PartsWithCaption(string.Concat(Enumerable.Repeat("word ", 2000)));

        Assert.Equal([1024, 4094, 4094], parts.Take(3).Select(part => part.Text.Length));
    }

    private static string Joined(RenderedText rendered, int limit)
    {
        var parts = TextSplitter.Split(rendered, limit, limit);
        WellFormed.Check(rendered, parts, limit, limit);
        return string.Join('|', parts.Select(part => part.Text));
    }
}
