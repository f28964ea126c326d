using System.Text.Json.Nodes;

namespace Xopc.Testing.Telegram;

/// <summary>Changing and deleting what was sent.</summary>
internal sealed class EditMethods(TelegramServer server)
{
    private const string NotModified =
        "message is not modified: specified new message content and reply markup are exactly the same as a current content and reply markup of the message";

    private static readonly TimeSpan DeletableFor = TimeSpan.FromHours(48);

    public JsonNode EditMessageText(FakeBot bot, BotRequest request)
    {
        var text = FormattedText.OfMessage(request);
        var (chat, message) = Own(bot, request, "edit");
        return message.Media is null
            ? Edit(bot, chat, message, text, Outgoing.Markup(request))
            : throw BotApiException.BadRequest("there is no text in the message to edit");
    }

    public JsonNode EditMessageCaption(FakeBot bot, BotRequest request)
    {
        var caption = FormattedText.OfCaption(request.Text("caption"), request.Text("parse_mode"), SeenEntity.Parse(request.Json("caption_entities")));
        var (chat, message) = Own(bot, request, "edit");
        return message.Media is not null
            ? Edit(bot, chat, message, caption, Outgoing.Markup(request))
            : throw BotApiException.BadRequest("there is no caption in the message to edit");
    }

    public JsonNode EditMessageReplyMarkup(FakeBot bot, BotRequest request)
    {
        var (chat, message) = Own(bot, request, "edit");
        return Edit(bot, chat, message, new FormattedText(message.Text, message.Entities), Outgoing.Markup(request));
    }

    public JsonNode DeleteMessage(FakeBot bot, BotRequest request)
    {
        var chat = server.Chat(bot, request.Text("chat_id"));
        chat.CheckReachable(bot);
        var message = Find(chat, request, "delete");
        if ((message.Author.Id != bot.Id && chat.Kind != ChatKind.Private) || server.Clock.GetUtcNow() - message.At >= DeletableFor)
        {
            throw BotApiException.BadRequest("message can't be deleted");
        }

        chat.Delete(message);
        return true;
    }

    private JsonObject Edit(FakeBot bot, FakeChat chat, SeenMessage message, FormattedText text, string? markup)
    {
        if (message.Text == text.Text && message.ReplyMarkup == markup && message.Entities.SequenceEqual(text.Entities))
        {
            throw BotApiException.BadRequest(NotModified);
        }

        bot.Rates.Take(server.Limits, chat, 1, server.Clock.GetUtcNow());
        return MessageJson.Of(chat, chat.Edit(message, text.Text, text.Entities, markup));
    }

    private (FakeChat Chat, SeenMessage Message) Own(FakeBot bot, BotRequest request, string verb)
    {
        var chat = server.Chat(bot, request.Text("chat_id"));
        chat.CheckReachable(bot);
        var message = Find(chat, request, verb);
        return message.Author.Id == bot.Id ? (chat, message) : throw BotApiException.BadRequest($"message can't be {verb}ed");
    }

    private static SeenMessage Find(FakeChat chat, BotRequest request, string verb) =>
        request.Number("message_id") is { } id and > 0 and <= int.MaxValue && chat.Find((int)id) is { } message
            ? message
            : throw BotApiException.BadRequest($"message to {verb} not found");
}
