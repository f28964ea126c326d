using System.Collections.Immutable;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Xopc.Configuration;

/// <summary>The open section <c>channels</c>: each channel reads its own part. <c>${VAR}</c> is resolved, so the parts hold secrets.</summary>
[JsonConverter(typeof(ChannelsJson))]
public sealed record ChannelsConfig
{
    /// <summary>Channel id, lower case → its JSON object.</summary>
    public ImmutableDictionary<string, JsonElement> Sections { get; init; } = ImmutableDictionary<string, JsonElement>.Empty;
}
