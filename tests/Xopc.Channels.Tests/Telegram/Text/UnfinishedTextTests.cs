using Xopc.Channels.Telegram.Text;
using Xopc.Testing.Fuzzing;

namespace Xopc.Channels.Tests.Telegram.Text;

public sealed class UnfinishedTextTests
{
    [Theory]
    [InlineData("plain words", "plain words …")]
    [InlineData("so **very lo", "so very lo …")]
    [InlineData("so **", "so …")]
    [InlineData("the `fi", "the fi …")]
    [InlineData("the `", "the …")]
    [InlineData("see [the page](https://exam", "see the page …")]
    [InlineData("done **bold** and `code`", "done bold and code …")]
    [InlineData("first **open\n\nsecond", "first **open\n\nsecond …")] // a paragraph that is over stays as it was written
    [InlineData("look:\n\n```cs\nvar x", "look:\n\nvar x\n…")]
    [InlineData("look:\n\n```c", "look: …")]
    [InlineData("look:\n\n```cs\nvar x;\n``", "look:\n\nvar x;\n…")]
    [InlineData("look:\n\n```cs\nvar x;\n```\nand **th", "look:\n\nvar x;\n\nand th …")]
    [InlineData("> as he sa", "as he sa\n…")]
    public void What_is_open_shows_as_what_it_becomes(string markdown, string seen) => Assert.Equal(seen, Show(markdown)!.Text);

    [Fact]
    public void The_sign_that_it_goes_on_belongs_to_no_form()
    {
        var part = Show("so **very lo")!;

        Assert.Equal(new TextEntity(TextEntityKind.Bold, 3, 7), Assert.Single(part.Entities));
    }

    [Fact]
    public void Every_beginning_of_a_document_is_a_message_that_Telegram_takes()
    {
        var documents = new MarkdownDocuments(new Random(Fuzz.Seed));
        for (var i = 0; i < 60; i++)
        {
            var document = i % 2 == 0 ? documents.Whole().Source : documents.Broken().Source;
            for (var length = 1; length <= document.Length; length += 1 + (document.Length / 50))
            {
                if (Show(document[..length]) is { } part)
                {
                    Assert.InRange(part.Text.Length, 1, TelegramText.MessageLimit);
                    WellFormed.Check(new RenderedText(part.Text, part.Entities, AsWritten: false));
                }
            }
        }
    }

    [Fact]
    public void Whatever_is_there_is_closed_in_some_way() => Fuzz.Text(text => UnfinishedText.Close(text), ["so **very** [the page](https://exam", "```cs\nvar x;\n```\n", "a `b` ~~c"]);

    private static TextPart? Show(string markdown) =>
        TextSplitter.Split(TelegramText.Render(UnfinishedText.Close(markdown)), TelegramText.MessageLimit - UnfinishedText.MarkLength, TelegramText.MessageLimit) is [var first, ..]
            ? UnfinishedText.Mark(first) : null;
}
