using System.Text.Json.Nodes;
using System.Text.Json.Serialization;

namespace Xopc.Agents.Settings;

/// <summary>Source-generated JSON of the configuration API.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(ConfigAnswer<ShownConfig>))]
[JsonSerializable(typeof(ConfigAnswer<PatchedConfig>))]
[JsonSerializable(typeof(ConfigAnswer<ReloadedConfig>))]
[JsonSerializable(typeof(ConfigAnswer<ValidatedConfig>))]
[JsonSerializable(typeof(ConfigToJudge))]
[JsonSerializable(typeof(ConfigReloadEvent))]
[JsonSerializable(typeof(JsonObject))]
internal sealed partial class SettingsJson : JsonSerializerContext;
