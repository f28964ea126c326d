using System.Collections.Immutable;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Xopc.Configuration;

/// <summary>The section <c>channels</c>. <c>${VAR}</c> is resolved, so it holds secrets.</summary>
[JsonConverter(typeof(ChannelsJson))]
public sealed record ChannelsConfig
{
    /// <summary>The channel that is typed; null: the file says nothing of it.</summary>
    public TelegramConfig? Telegram { get; init; }

    /// <summary>Every other channel, each reading its own part: channel id, lower case → its JSON object.</summary>
    public ImmutableDictionary<string, JsonElement> Sections { get; init; } = ImmutableDictionary<string, JsonElement>.Empty;
}
