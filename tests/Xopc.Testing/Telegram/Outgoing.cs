using System.Text;
using System.Text.Json.Nodes;

namespace Xopc.Testing.Telegram;

/// <summary>What all sending calls have in common: where to, as an answer to what, with which buttons; all checked, and within the limits.</summary>
internal static class Outgoing
{
    private const int LongestButtonData = 64;

    /// <summary>A message without its content.</summary>
    /// <param name="messages">How many it will be, for the limits.</param>
    public static (FakeChat Chat, SeenMessage Draft) Begin(TelegramServer server, FakeBot bot, BotRequest request, int messages = 1)
    {
        var chat = server.Chat(bot, request.Text("chat_id"));
        chat.CheckReachable(bot);
        var thread = (int?)request.Number("message_thread_id");
        chat.CheckThread(thread);
        var (replyTo, quote) = Reply(chat, request);
        var markup = Markup(request);
        bot.Rates.Take(server.Limits, chat, messages, server.Clock.GetUtcNow());
        return (chat, chat.Draft(bot.Author, "") with
        {
            ThreadId = thread,
            ReplyTo = replyTo,
            Quote = quote,
            ReplyMarkup = markup,
            IsSilent = request.Flag("disable_notification"),
        });
    }

    public static string? Markup(BotRequest request)
    {
        if (request.Json("reply_markup") is not { } markup)
        {
            return null;
        }

        if (markup is JsonObject keyboard && keyboard["inline_keyboard"] is { } rows)
        {
            foreach (var button in rows.AsArray().SelectMany(row => row!.AsArray()))
            {
                CheckButton(button!.AsObject());
            }
        }

        return markup.ToJsonString();
    }

    private static void CheckButton(JsonObject button)
    {
        if (string.IsNullOrEmpty((string?)button["text"]))
        {
            throw BotApiException.BadRequest("can't parse inline keyboard button: Text buttons must be non-empty");
        }

        if ((string?)button["callback_data"] is { } data && Encoding.UTF8.GetByteCount(data) is 0 or > LongestButtonData)
        {
            throw BotApiException.BadRequest("BUTTON_DATA_INVALID");
        }
    }

    private static (int? MessageId, string? Quote) Reply(FakeChat chat, BotRequest request)
    {
        var parameters = request.Json("reply_parameters") as JsonObject;
        var id = (int?)parameters?["message_id"] ?? (int?)request.Number("reply_to_message_id");
        if (id is not { } messageId)
        {
            return (null, null);
        }

        if (chat.Find(messageId) is not { } original)
        {
            var goesWithout = (bool?)parameters?["allow_sending_without_reply"] ?? request.Flag("allow_sending_without_reply");
            return goesWithout ? (null, null) : throw BotApiException.BadRequest("message to be replied not found");
        }

        var quote = (string?)parameters?["quote"];
        return quote is null || original.Text.Contains(quote, StringComparison.Ordinal)
            ? (messageId, quote)
            : throw BotApiException.BadRequest("QUOTE_TEXT_INVALID");
    }
}
