using Telegram.Bot.Types;
using Telegram.Bot.Types.Enums;

namespace Xopc.Channels.Telegram.Text;

/// <summary>The forms of a part in the words of the Bot API.</summary>
internal static class MessageEntities
{
    public static MessageEntity[] Of(TextPart part) => [.. part.Entities.Select(Of)];

    private static MessageEntity Of(TextEntity entity) => new()
    {
        Type = entity.Kind switch
        {
            TextEntityKind.Blockquote => MessageEntityType.Blockquote,
            TextEntityKind.Link => MessageEntityType.TextLink,
            TextEntityKind.Spoiler => MessageEntityType.Spoiler,
            TextEntityKind.Bold => MessageEntityType.Bold,
            TextEntityKind.Italic => MessageEntityType.Italic,
            TextEntityKind.Strikethrough => MessageEntityType.Strikethrough,
            TextEntityKind.Code => MessageEntityType.Code,
            _ => MessageEntityType.Pre,
        },
        Offset = entity.Offset,
        Length = entity.Length,
        Url = entity.Url,
        Language = entity.Language,
    };
}
