using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace Xopc.Testing.Telegram;

/// <summary>The bot itself, and what it asks about files, chats and presses.</summary>
internal sealed partial class ProfileMethods(TelegramServer server)
{
    private const long LargestDownload = 20L * 1024 * 1024;
    private const int MostCommands = 100;
    private const int LongestDescription = 256;

    public static JsonNode GetMe(FakeBot bot, BotRequest request)
    {
        var me = bot.Author.ToJson();
        if (!bot.ShowsUsername)
        {
            me.Remove("username");
        }

        me["can_join_groups"] = true;
        me["can_read_all_group_messages"] = true;
        me["supports_inline_queries"] = false;
        me["can_connect_to_business"] = false;
        me["has_main_web_app"] = false;
        return me;
    }

    public static JsonNode SetMyCommands(FakeBot bot, BotRequest request)
    {
        if (request.Json("commands") is not JsonArray { Count: <= MostCommands } commands)
        {
            throw BotApiException.BadRequest("BOT_COMMANDS_TOO_MUCH");
        }

        foreach (var command in commands)
        {
            if (!CommandName().IsMatch((string?)command!["command"] ?? ""))
            {
                throw BotApiException.BadRequest("BOT_COMMAND_INVALID");
            }

            if ((string?)command["description"] is not { Length: >= 1 and <= LongestDescription })
            {
                throw BotApiException.BadRequest("BOT_COMMAND_DESCRIPTION_INVALID");
            }
        }

        bot.Commands = commands.ToJsonString();
        return true;
    }

    public static JsonNode? GetMyCommands(FakeBot bot, BotRequest request) => JsonNode.Parse(bot.Commands ?? "[]");

    public static JsonNode DeleteMyCommands(FakeBot bot, BotRequest request)
    {
        bot.Commands = null;
        return true;
    }

    public JsonNode GetFile(FakeBot bot, BotRequest request)
    {
        var id = request.Text("file_id") ?? "";

        // A photo's small size has an id of its own and no bytes of its own.
        if (server.Files.ById(id.EndsWith("-s", StringComparison.Ordinal) ? id[..^2] : id) is not { } file)
        {
            throw BotApiException.BadRequest("wrong file_id or the file is temporarily unavailable");
        }

        return file.Size > LargestDownload
            ? throw BotApiException.BadRequest("file is too big")
            : new JsonObject { ["file_id"] = file.Id, ["file_unique_id"] = file.UniqueId, ["file_size"] = file.Size, ["file_path"] = file.Path };
    }

    public JsonNode GetChat(FakeBot bot, BotRequest request)
    {
        var chat = server.Chat(bot, request.Text("chat_id"));
        chat.CheckReachable(bot);
        var json = chat.ToJson();
        json["accent_color_id"] = 0;
        json["max_reaction_count"] = 11;
        json["accepted_gift_types"] = new JsonObject
        {
            ["unlimited_gifts"] = false, ["limited_gifts"] = false, ["unique_gifts"] = false, ["premium_subscription"] = false, ["gifts_from_channels"] = false,
        };
        return json;
    }

    public JsonNode AnswerCallbackQuery(FakeBot bot, BotRequest request)
    {
        if (server.TakePress(request.Text("callback_query_id") ?? "") is not { } pressed)
        {
            throw BotApiException.BadRequest("query is too old and response timeout expired or query ID is invalid");
        }

        pressed.Answer(request.Text("text") ?? "");
        return true;
    }

    [GeneratedRegex("^[a-z0-9_]{1,32}$", RegexOptions.CultureInvariant, matchTimeoutMilliseconds: 1000)]
    private static partial Regex CommandName();
}
