using System.Text;
using Xopc.Channels.Telegram.Text;

namespace Xopc.Channels.Tests.Telegram.Text;

/// <summary>A megabyte of what costs parsers the square of its length, or their stack.</summary>
public sealed class HostileMarkdownTests
{
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(2);

    private const int Size = TelegramText.SourceLimit - 16;

    // Less than any platform gives a thread; the parser's recursion has to fit.
    private const int Stack = 1024 * 1024;

    [Theory]
    [InlineData("[")]
    [InlineData("*")]
    [InlineData(">")]
    [InlineData(">\n")]
    [InlineData("a**b")]
    [InlineData("*a _b ")]
    [InlineData("*a b\n\n")]
    [InlineData("[a](")]
    [InlineData("![")]
    [InlineData("[a](b)")]
    [InlineData("*[a](b) ")]
    [InlineData("*[a](b) *a_b_c \n\n")]
    [InlineData("[a]: b\n")]
    [InlineData("[a]: b\n\n")]
    [InlineData("[a]")]
    [InlineData("[a\n")]
    [InlineData("<a ")]
    [InlineData("&")]
    [InlineData("`a")]
    [InlineData("||a ")]
    [InlineData("~~a ")]
    [InlineData("\\*")]
    [InlineData("www.a.b ")]
    [InlineData("http://a.b/(")]
    [InlineData("1. ")]
    [InlineData("- ")]
    [InlineData("> - ")]
    [InlineData("- a\n")]
    [InlineData("-\n")]
    [InlineData("a\n=\n")]
    [InlineData("a\n---\n")]
    [InlineData("# a\n")]
    [InlineData("```\n")]
    [InlineData("a  \n")]
    [InlineData("|")]
    [InlineData("|\n")]
    [InlineData("|a")]
    [InlineData("|a|b|\n|-|-|\n")]
    [InlineData("**a** ")]
    [InlineData("a.md ")]
    [InlineData("a.md.")]
    [InlineData(" ")]
    [InlineData("\t")]
    [InlineData("\n")]
    [InlineData("\u0301")]
    [InlineData("a\u0301\u200D")]
    [InlineData("\u2800")]
    [InlineData("word. ")]
    public void A_megabyte_of_it_ends_and_nothing_gets_lost(string piece) => Check(string.Concat(Enumerable.Repeat(piece, Size / Encoding.UTF8.GetByteCount(piece))));

    [Fact]
    public void A_table_with_a_broad_header_and_many_short_rows_does_not_explode() =>
        Check($"|{string.Concat(Enumerable.Repeat("a|", 2000))}\n|{string.Concat(Enumerable.Repeat("-|", 2000))}\n{string.Concat(Enumerable.Repeat("|\n", 250_000))}");

    [Fact]
    public void A_table_with_one_wide_cell_and_many_narrow_ones_does_not_explode()
    {
        var text = Check($"|{new string('w', 1000)}|b|\n|-|-|\n{string.Concat(Enumerable.Repeat("|a|b\n", 100_000))}");

        Assert.True(text.Length < 8 * Size, $"{text.Length} units");
    }

    [Fact]
    public void Lists_within_lists_do_not_explode()
    {
        var source = new StringBuilder();
        for (var depth = 0; source.Length < Size - 4096; depth++)
        {
            source.Append(' ', 2 * depth).Append("- a\n");
        }

        Check(source.ToString());
    }

    private static string Check(string source)
    {
        var text = "";
        Exception? failure = null;
        var thread = new Thread(
            () =>
            {
                try
                {
                    var rendered = TelegramText.Render(source);
                    var parts = TextSplitter.Split(rendered, TelegramText.MessageLimit, TelegramText.MessageLimit);
                    Assert.All(parts, part => Assert.InRange(part.Text.Length, 1, TelegramText.MessageLimit));
                    Assert.All(parts, part => Assert.InRange(part.Entities.Count, 0, TelegramText.EntityLimit));
                    Assert.Equal(Letters(rendered.Text), parts.Sum(part => Letters(part.Text)));
                    text = rendered.Text;
                }
                catch (Exception e)
                {
                    failure = e;
                }
            },
            Stack);
        thread.Start();

        Assert.True(thread.Join(Limit), $"{source[..16]}… was not rendered within {Limit}");
        Assert.Null(failure);
        return text;
    }

    private static int Letters(string text) => text.Count(char.IsLetterOrDigit);
}
