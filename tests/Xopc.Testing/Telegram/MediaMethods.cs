using System.Text.Json.Nodes;

namespace Xopc.Testing.Telegram;

/// <summary>Files, alone and in albums.</summary>
internal sealed class MediaMethods(TelegramServer server)
{
    private const int Megabyte = 1024 * 1024;
    private const int LargestPhoto = 10 * Megabyte;
    private const int LargestOther = 50 * Megabyte;

    public Func<FakeBot, BotRequest, JsonNode?> Send(string kind) => (bot, request) =>
    {
        var caption = FormattedText.OfCaption(request.Text("caption"), request.Text("parse_mode"), SeenEntity.Parse(request.Json("caption_entities")));
        var media = Media(kind, request, request.Text(kind) ?? kind);
        var (chat, draft) = Outgoing.Begin(server, bot, request);
        return MessageJson.Of(chat, chat.Add(draft with { Text = caption.Text, Entities = caption.Entities, Media = media }));
    };

    public JsonNode SendMediaGroup(FakeBot bot, BotRequest request)
    {
        if (request.Json("media") is not JsonArray { Count: >= 2 and <= 10 } items)
        {
            throw BotApiException.BadRequest("there must be from 2 to 10 messages in an album");
        }

        var contents = items.Select(item => Item(request, item!.AsObject())).ToList();
        var (chat, draft) = Outgoing.Begin(server, bot, request, contents.Count);
        var group = server.NextMediaGroup();
        return new JsonArray([.. contents.Select(content => (JsonNode)MessageJson.Of(chat, chat.Add(draft with
        {
            Text = content.Caption.Text, Entities = content.Caption.Entities, Media = content.Media, MediaGroupId = group,
        })))]);
    }

    private (FormattedText Caption, SeenMedia Media) Item(BotRequest request, JsonObject item)
    {
        var kind = (string?)item["type"];
        if (kind is not ("photo" or "video" or "audio" or "document"))
        {
            throw BotApiException.BadRequest("can't parse InputMedia: unsupported type");
        }

        var caption = FormattedText.OfCaption((string?)item["caption"], (string?)item["parse_mode"], SeenEntity.Parse(item["caption_entities"]));
        return (caption, Media(kind, request, (string?)item["media"] ?? ""));
    }

    /// <param name="reference">Name of a part, <c>attach://part</c>, or the id of a file that is here already.</param>
    private SeenMedia Media(string kind, BotRequest request, string reference)
    {
        if (request.Upload(reference) is { } upload)
        {
            if (upload.Content.Length == 0)
            {
                throw BotApiException.BadRequest("file must be non-empty");
            }

            if (upload.Content.Length > (kind == "photo" ? LargestPhoto : LargestOther))
            {
                throw new BotApiException(413, "Request Entity Too Large");
            }

            return Of(kind, server.Files.Add(kind, upload.FileName, upload.Content, upload.Content.Length));
        }

        if (server.Files.ById(reference) is { } known)
        {
            return Of(kind, known);
        }

        throw BotApiException.BadRequest(reference switch
        {
            _ when reference == kind || reference.Length == 0 => $"there is no {kind} in the request",
            _ when reference.StartsWith("http", StringComparison.Ordinal) => "failed to get HTTP URL content",
            _ => "wrong file identifier/HTTP URL specified",
        });
    }

    private static SeenMedia Of(string kind, StoredFile file) => new(kind, file.Id, file.Name, file.MimeType, file.Size, file.Content);
}
