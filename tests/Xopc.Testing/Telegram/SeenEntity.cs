using System.Text.Json;
using System.Text.Json.Nodes;

namespace Xopc.Testing.Telegram;

/// <summary>Formatting of a range of a text, counted in UTF-16 units.</summary>
public sealed record SeenEntity(string Type, int Offset, int Length, string? Url = null, string? Language = null, long? UserId = null)
{
    internal static IReadOnlyList<SeenEntity> Parse(JsonNode? json)
    {
        try
        {
            return json is null ? [] : [.. json.AsArray().Select(One)];
        }
        catch (Exception ex) when (ex is InvalidOperationException or FormatException or NullReferenceException or JsonException)
        {
            throw BotApiException.BadRequest("can't parse entities: entities must be an array of MessageEntity");
        }
    }

    internal JsonObject ToJson()
    {
        var json = new JsonObject { ["type"] = Type, ["offset"] = Offset, ["length"] = Length };
        if (Url is not null)
        {
            json["url"] = Url;
        }

        if (Language is not null)
        {
            json["language"] = Language;
        }

        if (UserId is { } user)
        {
            json["user"] = new JsonObject { ["id"] = user, ["is_bot"] = false, ["first_name"] = "Someone" };
        }

        return json;
    }

    private static SeenEntity One(JsonNode? json) => new(
        (string)json!["type"]!,
        (int)json["offset"]!,
        (int)json["length"]!,
        (string?)json["url"],
        (string?)json["language"],
        (long?)json["user"]?["id"]);
}
