using Telegram.Bot.Types.Enums;
using Xopc.Channels.Telegram.Text;

namespace Xopc.Channels.Tests.Telegram.Text;

public sealed class MessageEntityTests
{
    [Fact]
    public void Every_form_has_its_name_in_the_Bot_API()
    {
        var part = Assert.Single(TelegramText.Parts("> **b** *i* ~~s~~ ||h|| `c` [l](https://a.example/)\n\n```py\nx\n```"));

        var entities = MessageEntities.Of(part);

        Assert.Equal(
            [MessageEntityType.Blockquote, MessageEntityType.Bold, MessageEntityType.Italic, MessageEntityType.Strikethrough, MessageEntityType.Spoiler, MessageEntityType.Code, MessageEntityType.TextLink, MessageEntityType.Pre],
            entities.Select(entity => entity.Type));
        Assert.Equal(part.Entities.Select(entity => (entity.Offset, entity.Length)), entities.Select(entity => (entity.Offset, entity.Length)));
        Assert.Equal("https://a.example/", entities[6].Url);
        Assert.Equal("py", entities[7].Language);
    }

    [Fact]
    public void A_plain_part_has_the_same_characters()
    {
        var part = Assert.Single(TelegramText.Parts("**b** c"));

        Assert.Equal("b c", part.Plain.Text);
        Assert.Empty(MessageEntities.Of(part.Plain));
    }
}
