using System.Text.Json.Serialization;

namespace Xopc.Configuration;

/// <summary>The typed model in the shape of the file: what the schema is made of and what a view begins with.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(XopcConfig))]
[JsonSerializable(typeof(TelegramSection))]
[JsonSerializable(typeof(TelegramAccountConfig))]
internal sealed partial class ConfigurationJson : JsonSerializerContext;
