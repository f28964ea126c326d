using System.Globalization;
using System.Text;
using Telegram.Bot.Types;
using Telegram.Bot.Types.Enums;
using Xopc.Channels.Intake;

namespace Xopc.Channels.Telegram;

/// <summary>
/// Telegram's updates in the terms of all channels: <c>{"update_id":7,"message":{"message_id":3,"from":{"id":42,…},"chat":{"id":42,"type":"private"},"text":"hi"}}</c>.
/// What is no word of a person to us is null: service messages, channels, other bots, commands for another bot. Pure.
/// </summary>
internal static class TelegramUpdates
{
    private const int MaxQuote = 300;
    private const int MaxText = 20_000;

    public static InboundMessage? Read(Update update, string account, User me) => update switch
    {
        { Message: { } message } => Read(update.Id, message, account, me, isEdit: false),
        { EditedMessage: { } edited } => Read(update.Id, edited, account, me, isEdit: true),
        { CallbackQuery: { Data: { Length: > 0 } data, Message: { } below, From: { IsBot: false } from } } => Make(update.Id, below, from, account, data) with { ForUs = true },
        _ => null,
    };

    private static InboundMessage? Read(int updateId, Message message, string account, User me, bool isEdit)
    {
        if (message.From is not { IsBot: false } from || message.Chat.Type == ChatType.Channel || IsForAnother(message, me))
        {
            return null;
        }

        var media = Media(message);
        var words = Words(message, me, isEdit);
        if (words.Length == 0 && media.Count == 0)
        {
            return null; // somebody came, left, pinned, …
        }

        return Make(updateId, message, from, account, words) with
        {
            ForUs = message.Chat.Type == ChatType.Private || IsForUs(message, me),
            IsEdit = isEdit,
            MediaGroupId = message.MediaGroupId,
            Media = media,
        };
    }

    private static InboundMessage Make(int updateId, Message message, User from, string account, string text) => new(
        $"{TelegramSettingsMap.Channel}:{account}:{updateId.ToString(CultureInfo.InvariantCulture)}", TelegramSettingsMap.Channel, account,
        message.Chat.Type == ChatType.Private ? "dm" : "group", Number(message.Chat.Id), Number(from.Id), Number(message.MessageId), Cut(text, MaxText))
    {
        ThreadId = message is { IsTopicMessage: true, MessageThreadId: { } thread } ? Number(thread) : null,
        SenderName = $"{from.FirstName} {from.LastName}".Trim(),
        SenderUserName = from.Username,
        At = new DateTimeOffset(DateTime.SpecifyKind(message.Date, DateTimeKind.Utc)),
    };

    private static string Words(Message message, User me, bool isEdit)
    {
        var text = new StringBuilder();
        var own = WithoutUs(message.Text ?? message.Caption ?? "", message.Entities ?? message.CaptionEntities ?? [], me);
        var other = Described(message);
        if (own.Length == 0 && other.Length == 0 && Media(message).Count == 0)
        {
            return "";
        }

        // What a command is stands first, else it would be none.
        if (!own.StartsWith('/'))
        {
            Add(text, isEdit ? "[Changed an earlier message, which now reads:]" : "");
            Add(text, Origin(message));
            Add(text, Quoted(message));
        }

        Add(text, own);
        Add(text, other);
        return text.ToString();
    }

    private static string Origin(Message message) => message.ForwardOrigin switch
    {
        null => "",
        MessageOriginUser { SenderUser: { } user } => $"[Forwarded from {$"{user.FirstName} {user.LastName}".Trim()}]",
        MessageOriginHiddenUser hidden => $"[Forwarded from {hidden.SenderUserName}]",
        MessageOriginChat { SenderChat: { } chat } => $"[Forwarded from {chat.Title}]",
        MessageOriginChannel { Chat: { } chat } => $"[Forwarded from {chat.Title}]",
        _ => "[Forwarded]",
    };

    private static string Quoted(Message message)
    {
        var quoted = message.Quote?.Text ?? message.ReplyToMessage?.Text ?? message.ReplyToMessage?.Caption;
        // The first message of a topic is what every message in it answers.
        return string.IsNullOrWhiteSpace(quoted) || message.ReplyToMessage is { ForumTopicCreated: not null } ? "" : $"[In reply to: {Cut(quoted.ReplaceLineEndings(" "), MaxQuote)}]";
    }

    private static string Described(Message message) => message switch
    {
        { Venue: { } venue } => $"[Place: {venue.Title}, {venue.Address} ({Place(venue.Location)})]",
        { Location: { } location } => $"[Location: {Place(location)}]",
        { Contact: { } contact } => $"[Contact: {$"{contact.FirstName} {contact.LastName}".Trim()}, {contact.PhoneNumber}]",
        { Poll: { } poll } => $"[Poll: {poll.Question} ({string.Join(" / ", poll.Options.Select(option => option.Text))})]",
        { Dice: { } dice } => $"[{dice.Emoji} {dice.Value}]",
        { Sticker: { } sticker } => $"[Sticker {sticker.Emoji}]",
        _ => "",
    };

    private static List<InboundMedia> Media(Message message)
    {
        var media = new List<InboundMedia>();
        if (message.Photo is { Length: > 0 } sizes)
        {
            var largest = sizes.MaxBy(size => (long)size.Width * size.Height)!;
            media.Add(new InboundMedia("photo", largest.FileId, "photo.jpg", "image/jpeg", largest.FileSize));
        }

        if (message.Animation is { } animation)
        {
            media.Add(new InboundMedia("animation", animation.FileId, animation.FileName ?? "animation.mp4", animation.MimeType ?? "video/mp4", animation.FileSize));
        }
        else if (message.Document is { } document)
        {
            media.Add(new InboundMedia("document", document.FileId, document.FileName, document.MimeType, document.FileSize)); // an animation is shown as a document too
        }

        if (message.Video is { } video)
        {
            media.Add(new InboundMedia("video", video.FileId, video.FileName ?? "video.mp4", video.MimeType ?? "video/mp4", video.FileSize));
        }

        if (message.VideoNote is { } note)
        {
            media.Add(new InboundMedia("video", note.FileId, "video-note.mp4", "video/mp4", note.FileSize));
        }

        if (message.Audio is { } audio)
        {
            media.Add(new InboundMedia("audio", audio.FileId, audio.FileName ?? "audio.mp3", audio.MimeType ?? "audio/mpeg", audio.FileSize));
        }

        if (message.Voice is { } voice)
        {
            media.Add(new InboundMedia("voice", voice.FileId, "voice.ogg", voice.MimeType ?? "audio/ogg", voice.FileSize));
        }

        return media;
    }

    private static bool IsForUs(Message message, User me) =>
        message.ReplyToMessage?.From?.Id == me.Id || Mentions(message, me).Any() || Command(message) is { } command && (command.For is null || Same(command.For, me.Username));

    // "/status@other_bot" in a group with several bots.
    private static bool IsForAnother(Message message, User me) => Command(message) is { For: { } name } && !Same(name, me.Username);

    private static (string Name, string? For)? Command(Message message)
    {
        if (message is not { Text: { } text, Entities: [{ Type: MessageEntityType.BotCommand, Offset: 0, Length: > 1 } entity, ..] } || entity.Length > text.Length)
        {
            return null;
        }

        var parts = text[1..entity.Length].Split('@', 2);
        return (parts[0], parts.Length == 2 ? parts[1] : null);
    }

    private static IEnumerable<MessageEntity> Mentions(Message message, User me)
    {
        var text = message.Text ?? message.Caption ?? "";
        return (message.Entities ?? message.CaptionEntities ?? []).Where(entity =>
            (entity.Type == MessageEntityType.TextMention && entity.User?.Id == me.Id)
            || (entity.Type == MessageEntityType.Mention && entity.Offset >= 0 && entity.Length > 1 && entity.Offset + entity.Length <= text.Length
                && Same(text.Substring(entity.Offset + 1, entity.Length - 1), me.Username)));
    }

    private static string WithoutUs(string text, MessageEntity[] entities, User me)
    {
        if (me.Username is not { Length: > 0 } name)
        {
            return text.Trim();
        }

        // From the end, so that the offsets before stay true.
        var words = new StringBuilder(text);
        foreach (var entity in entities.Where(entity => entity.Type == MessageEntityType.Mention).OrderByDescending(entity => entity.Offset))
        {
            if (entity.Offset >= 0 && entity.Length > 1 && entity.Offset + entity.Length <= text.Length && Same(text.Substring(entity.Offset + 1, entity.Length - 1), name))
            {
                words.Remove(entity.Offset, entity.Length);
            }
        }

        return words.ToString().Trim();
    }

    private static string Place(Location location) => string.Create(CultureInfo.InvariantCulture, $"{location.Latitude:0.######}, {location.Longitude:0.######}");

    private static bool Same(string? one, string? other) => one is not null && one.Equals(other, StringComparison.OrdinalIgnoreCase);

    private static void Add(StringBuilder text, string line)
    {
        if (line.Length > 0)
        {
            text.Append(text.Length == 0 ? "" : "\n").Append(line);
        }
    }

    private static string Cut(string text, int length) => text.Length <= length ? text : text[..(char.IsHighSurrogate(text[length - 1]) ? length - 1 : length)] + "…";

    private static string Number(long id) => id.ToString(CultureInfo.InvariantCulture);
}
