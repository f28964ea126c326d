using System.Text.Json.Nodes;

namespace Xopc.Testing.Telegram;

/// <summary>A message as it stands on the wire.</summary>
internal static class MessageJson
{
    /// <param name="withReply">The message replied to comes along; it itself comes without the one it replied to.</param>
    public static JsonObject Of(FakeChat chat, SeenMessage message, bool withReply = true)
    {
        var json = new JsonObject
        {
            ["message_id"] = message.MessageId,
            ["date"] = message.At.ToUnixTimeSeconds(),
            ["chat"] = chat.ToJson(),
            [chat.Kind == ChatKind.Channel ? "sender_chat" : "from"] = chat.Kind == ChatKind.Channel ? chat.ToJson() : message.Author.ToJson(),
        };
        if (message.ThreadId is { } thread)
        {
            json["message_thread_id"] = thread;
            json["is_topic_message"] = true;
        }

        if (withReply && message.ReplyTo is { } replyTo && chat.Find(replyTo) is { } original)
        {
            json["reply_to_message"] = Of(chat, original, withReply: false);
        }

        AddContent(json, message);
        return json;
    }

    public static JsonArray Of(IReadOnlyList<SeenEntity> entities) => [.. entities.Select(entity => entity.ToJson())];

    private static void AddContent(JsonObject json, SeenMessage message)
    {
        if (message.Edits.Count > 0)
        {
            json["edit_date"] = message.Edits[^1].At.ToUnixTimeSeconds();
        }

        if (message.Quote is { } quote)
        {
            json["quote"] = new JsonObject { ["text"] = quote, ["position"] = 0, ["is_manual"] = true };
        }

        if (message.Text.Length > 0)
        {
            json[message.Media is null ? "text" : "caption"] = message.Text;
            if (message.Entities.Count > 0)
            {
                json[message.Media is null ? "entities" : "caption_entities"] = Of(message.Entities);
            }
        }

        if (message.Media is { } media)
        {
            json[media.Kind] = Of(media);
        }

        if (message.MediaGroupId is { } group)
        {
            json["media_group_id"] = group;
        }

        if (message.ReplyMarkup is { } markup && JsonNode.Parse(markup) is JsonObject keyboard && keyboard.ContainsKey("inline_keyboard"))
        {
            json["reply_markup"] = keyboard;
        }

        if (message.Extra is { } extra)
        {
            foreach (var (name, value) in JsonNode.Parse(extra)!.AsObject())
            {
                json[name] = value?.DeepClone();
            }
        }
    }

    private static JsonNode Of(SeenMedia media)
    {
        if (media.Kind == "photo")
        {
            // The last is the largest, and the one with the file's own id.
            return new JsonArray(PhotoSize(media.FileId + "-s", 90, 67, Math.Min(media.Size, 1500)), PhotoSize(media.FileId, 1280, 960, media.Size));
        }

        var json = new JsonObject { ["file_id"] = media.FileId, ["file_unique_id"] = "u-" + media.FileId, ["file_size"] = media.Size };
        if (media.Kind is not "sticker")
        {
            json["mime_type"] = media.MimeType;
        }

        if (media.Kind is "video" or "audio" or "voice")
        {
            json["duration"] = 3;
        }

        if (media.Kind is "video" or "sticker")
        {
            json["width"] = 512;
            json["height"] = 512;
        }

        if (media.Kind is "sticker")
        {
            json["type"] = "regular";
            json["is_animated"] = false;
            json["is_video"] = false;
            json["emoji"] = media.FileName;
        }
        else if (media.FileName is not null && media.Kind is not "voice")
        {
            json["file_name"] = media.FileName;
        }

        return json;
    }

    private static JsonObject PhotoSize(string id, int width, int height, long size) => new()
    {
        ["file_id"] = id, ["file_unique_id"] = "u-" + id, ["width"] = width, ["height"] = height, ["file_size"] = size,
    };
}
