using System.Text.Json.Nodes;

namespace Xopc.Testing.Telegram;

/// <summary>Who wrote a message.</summary>
public sealed record SeenAuthor(long Id, string Name, string? Username, bool IsBot)
{
    internal JsonObject ToJson()
    {
        var json = new JsonObject { ["id"] = Id, ["is_bot"] = IsBot, ["first_name"] = Name };
        if (Username is not null)
        {
            json["username"] = Username;
        }

        return json;
    }
}
