using System.Text.Json.Nodes;

namespace Xopc.Testing.Telegram;

/// <summary>Texts, drafts and chat actions.</summary>
internal sealed class SendMethods(TelegramServer server)
{
    private static readonly HashSet<string> Actions =
    [
        "typing", "upload_photo", "record_video", "upload_video", "record_voice", "upload_voice", "upload_document", "choose_sticker", "find_location",
        "record_video_note", "upload_video_note",
    ];

    public JsonNode SendMessage(FakeBot bot, BotRequest request)
    {
        var text = FormattedText.OfMessage(request);
        var (chat, draft) = Outgoing.Begin(server, bot, request);
        return MessageJson.Of(chat, chat.Add(draft with { Text = text.Text, Entities = text.Entities }));
    }

    public JsonNode SendMessageDraft(FakeBot bot, BotRequest request)
    {
        var text = FormattedText.OfMessage(request);
        var chat = server.Chat(bot, request.Text("chat_id"));
        chat.CheckReachable(bot);
        if (chat.Kind != ChatKind.Private || request.Number("draft_id") is not (not null and not 0 and var draftId))
        {
            throw BotApiException.BadRequest("TEXTDRAFT_PEER_INVALID");
        }

        chat.Show(new SeenDraft(server.NextOrder(), server.Clock.GetUtcNow(), bot.Id, draftId.Value, text.Text, text.Entities));
        return true;
    }

    public JsonNode SendChatAction(FakeBot bot, BotRequest request)
    {
        var chat = server.Chat(bot, request.Text("chat_id"));
        chat.CheckReachable(bot);
        var thread = (int?)request.Number("message_thread_id");

        // Here, unlike in messages, the General topic may be named.
        if (!chat.IsForum || thread is not 1)
        {
            chat.CheckThread(thread);
        }

        var action = request.Text("action") ?? "";
        if (!Actions.Contains(action))
        {
            throw BotApiException.BadRequest("wrong parameter action in request");
        }

        chat.Show(new SeenChatAction(server.NextOrder(), server.Clock.GetUtcNow(), bot.Id, action, thread));
        return true;
    }
}
