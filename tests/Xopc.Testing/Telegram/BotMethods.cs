using System.Text.Json.Nodes;

namespace Xopc.Testing.Telegram;

/// <summary>The methods by name. They run under the server's lock; those that must wait are the endpoint's.</summary>
internal sealed class BotMethods
{
    private readonly Dictionary<string, Func<FakeBot, BotRequest, JsonNode?>> _byName;

    public BotMethods(TelegramServer server)
    {
        var send = new SendMethods(server);
        var media = new MediaMethods(server);
        var edit = new EditMethods(server);
        var other = new ProfileMethods(server);
        _byName = new Dictionary<string, Func<FakeBot, BotRequest, JsonNode?>>(StringComparer.OrdinalIgnoreCase)
        {
            ["getMe"] = ProfileMethods.GetMe,
            ["logOut"] = static (_, _) => true,
            ["close"] = static (_, _) => true,
            ["setMyCommands"] = ProfileMethods.SetMyCommands,
            ["getMyCommands"] = ProfileMethods.GetMyCommands,
            ["deleteMyCommands"] = ProfileMethods.DeleteMyCommands,
            ["getFile"] = other.GetFile,
            ["getChat"] = other.GetChat,
            ["answerCallbackQuery"] = other.AnswerCallbackQuery,
            ["sendMessage"] = send.SendMessage,
            ["sendMessageDraft"] = send.SendMessageDraft,
            ["sendChatAction"] = send.SendChatAction,
            ["sendPhoto"] = media.Send("photo"),
            ["sendDocument"] = media.Send("document"),
            ["sendVideo"] = media.Send("video"),
            ["sendAudio"] = media.Send("audio"),
            ["sendVoice"] = media.Send("voice"),
            ["sendSticker"] = media.Send("sticker"),
            ["sendMediaGroup"] = media.SendMediaGroup,
            ["editMessageText"] = edit.EditMessageText,
            ["editMessageCaption"] = edit.EditMessageCaption,
            ["editMessageReplyMarkup"] = edit.EditMessageReplyMarkup,
            ["deleteMessage"] = edit.DeleteMessage,
        };
    }

    public JsonNode? Run(string method, FakeBot bot, BotRequest request) =>
        _byName.TryGetValue(method, out var run) ? run(bot, request) : throw new BotApiException(404, "Not Found");
}
