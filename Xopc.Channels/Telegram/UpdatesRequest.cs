using System.Text.Json;
using System.Text.Json.Serialization;
using Telegram.Bot.Requests;

namespace Xopc.Channels.Telegram;

/// <summary><c>getUpdates</c> with the updates as they came, so that each can be read on its own.</summary>
internal sealed class UpdatesRequest() : RequestBase<JsonElement[]>("getUpdates")
{
    /// <summary>The first update that is not confirmed.</summary>
    public int Offset { get; init; }

    public int Limit => 100;

    /// <summary>Seconds.</summary>
    public int Timeout { get; init; }

    [JsonPropertyName("allowed_updates")]
    public string[] AllowedUpdates => ["message", "edited_message", "callback_query"];
}
