using System.Text.Json.Nodes;

namespace Xopc.Testing.Telegram;

/// <summary>
/// What a person does in a chat or a topic. Each act enters the book and creates an update for every bot in the chat; the line of the book is returned.
/// </summary>
public sealed class PersonInChat
{
    private readonly TelegramServer _server;
    private readonly FakePerson _person;
    private readonly FakeChat _place;
    private readonly int? _threadId;

    internal PersonInChat(TelegramServer server, FakePerson person, FakeChat place, int? threadId)
    {
        _server = server;
        _person = person;
        _place = place;
        _threadId = threadId;
    }

    /// <summary>The chat; when the group has become a supergroup, that.</summary>
    public FakeChat Chat => _place.Current;

    /// <param name="replyTo">The message replied to.</param>
    /// <param name="quote">The piece of it that is quoted.</param>
    public SeenMessage Writes(string text, SeenMessage? replyTo = null, string? quote = null) => Say(Draft(text, replyTo) with { Quote = quote });

    /// <summary>With the person's own formatting instead of what Telegram finds by itself.</summary>
    public SeenMessage WritesFormatted(string text, params SeenEntity[] entities)
    {
        EntityRules.Check(text, entities);
        return Say(Draft(text, null) with { Entities = entities });
    }

    /// <summary>Changes a text or caption of theirs; the bots get an <c>edited_message</c>.</summary>
    public SeenMessage Edits(SeenMessage message, string text)
    {
        lock (_server.Gate)
        {
            var current = Chat.Find(message.MessageId) ?? throw new InvalidOperationException($"{message} is not in {Chat}.");
            var edited = Chat.Edit(current, text, EntityFinder.Find(text), current.ReplyMarkup);
            Chat.Deliver("edited_message", edited);
            return edited;
        }
    }

    /// <summary>Deletes for everybody. Telegram tells bots nothing of it.</summary>
    public void Deletes(SeenMessage message)
    {
        lock (_server.Gate)
        {
            Chat.Delete(Chat.Find(message.MessageId) ?? throw new InvalidOperationException($"{message} is not in {Chat}."));
        }
    }

    /// <summary>Forwards what somebody wrote, here or elsewhere.</summary>
    public SeenMessage Forwards(SeenMessage message)
    {
        var origin = new JsonObject { ["type"] = "user", ["sender_user"] = message.Author.ToJson(), ["date"] = message.At.ToUnixTimeSeconds() };
        return Say(Draft(message.Text, null) with
        {
            Entities = message.Entities,
            Media = message.Media,
            Extra = new JsonObject { ["forward_origin"] = origin }.ToJsonString(),
        });
    }

    public SeenMessage SendsPhoto(byte[] content, string caption = "", SeenMessage? replyTo = null) =>
        Say(Draft(caption, replyTo), "photo", null, content, content.Length);

    public SeenMessage SendsDocument(string name, byte[] content, string caption = "", SeenMessage? replyTo = null) =>
        Say(Draft(caption, replyTo), "document", name, content, content.Length);

    /// <summary>A document of a size only, for limits; it cannot be downloaded.</summary>
    public SeenMessage SendsDocument(string name, long size, string caption = "") => Say(Draft(caption, null), "document", name, null, size);

    public SeenMessage SendsVideo(string name, byte[] content, string caption = "") => Say(Draft(caption, null), "video", name, content, content.Length);

    public SeenMessage SendsAudio(string name, byte[] content, string caption = "") => Say(Draft(caption, null), "audio", name, content, content.Length);

    public SeenMessage SendsVoice(byte[] content, string caption = "") => Say(Draft(caption, null), "voice", null, content, content.Length);

    public SeenMessage SendsSticker(string emoji, byte[] content) => Say(Draft("", null), "sticker", emoji, content, content.Length);

    /// <summary>Photos as one album: one message and one update each, with one <c>media_group_id</c>; the caption stands at the first.</summary>
    public IReadOnlyList<SeenMessage> SendsAlbum(string caption, params byte[][] photos)
    {
        lock (_server.Gate)
        {
            var group = _server.NextMediaGroup();
            return [.. photos.Select((photo, index) =>
                Say(Draft(index == 0 ? caption : "", null) with { MediaGroupId = group }, "photo", null, photo, photo.Length))];
        }
    }

    public SeenMessage SendsLocation(double latitude, double longitude) =>
        SayExtra("location", new JsonObject { ["latitude"] = latitude, ["longitude"] = longitude });

    public SeenMessage SendsContact(string phoneNumber, string firstName) =>
        SayExtra("contact", new JsonObject { ["phone_number"] = phoneNumber, ["first_name"] = firstName });

    public SeenMessage SendsPoll(string question, params string[] options) => SayExtra("poll", new JsonObject
    {
        ["id"] = $"poll{_server.NextOrder()}",
        ["question"] = question,
        ["options"] = new JsonArray([.. options.Select((option, index) => (JsonNode)new JsonObject { ["persistent_id"] = $"{index}", ["text"] = option, ["voter_count"] = 0 })]),
        ["total_voter_count"] = 0,
        ["is_closed"] = false,
        ["is_anonymous"] = true,
        ["type"] = "regular",
        ["allows_multiple_answers"] = false,
    });

    /// <summary>Presses a button under a bot's message, by its text or its data; the bot gets a <c>callback_query</c>.</summary>
    public PressedButton Presses(SeenMessage message, string button)
    {
        lock (_server.Gate)
        {
            var current = Chat.Find(message.MessageId) ?? throw new InvalidOperationException($"{message} is not in {Chat}.");
            var data = ButtonData(current, button) ?? throw new InvalidOperationException($"{message} has no button {button}: {current.ReplyMarkup}");
            var pressed = _server.AddPress(data);
            _server.BotById(current.Author.Id).Feed.Add("callback_query", new JsonObject
            {
                ["id"] = pressed.Id,
                ["from"] = _person.Author.ToJson(),
                ["message"] = MessageJson.Of(Chat, current),
                ["chat_instance"] = $"{Chat.Id}",
                ["data"] = data,
            });
            return pressed;
        }
    }

    private static string? ButtonData(SeenMessage message, string button) =>
        (message.ReplyMarkup is { } markup ? JsonNode.Parse(markup)!["inline_keyboard"] as JsonArray : null)?
            .SelectMany(row => row!.AsArray())
            .FirstOrDefault(candidate => (string?)candidate!["text"] == button || (string?)candidate["callback_data"] == button)?["callback_data"]
            ?.GetValue<string>();

    private SeenMessage Draft(string text, SeenMessage? replyTo) =>
        Chat.Draft(_person.Author, text) with { Entities = EntityFinder.Find(text), ThreadId = _threadId, ReplyTo = replyTo?.MessageId };

    private SeenMessage SayExtra(string name, JsonObject content) => Say(Draft("", null) with { Extra = new JsonObject { [name] = content }.ToJsonString() });

    private SeenMessage Say(SeenMessage draft, string kind, string? name, byte[]? content, long size)
    {
        lock (_server.Gate)
        {
            var file = _server.Files.Add(kind, name, content, size);
            return Say(draft with { Media = new SeenMedia(kind, file.Id, name, file.MimeType, size, content) });
        }
    }

    private SeenMessage Say(SeenMessage draft)
    {
        lock (_server.Gate)
        {
            var message = Chat.Add(draft);
            Chat.Deliver("message", message);
            return message;
        }
    }
}
