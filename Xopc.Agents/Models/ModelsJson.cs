using System.Text.Json.Serialization;

namespace Xopc.Agents.Models;

/// <summary>Source-generated JSON of the model endpoints.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(ModelsReply<ProvidersPayload>))]
[JsonSerializable(typeof(ModelsReply<ModelsPayload>))]
[JsonSerializable(typeof(ModelsReply<ProviderMetaPayload>))]
internal sealed partial class ModelsJson : JsonSerializerContext;
