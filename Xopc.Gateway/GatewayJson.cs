using System.Text.Json.Serialization;
using Xopc.Gateway.Health;

namespace Xopc.Gateway;

/// <summary>Source-generated JSON of the edge's own answers.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(HealthAnswer))]
[JsonSerializable(typeof(StatusAnswer))]
[JsonSerializable(typeof(ApiAnswer))]
internal sealed partial class GatewayJson : JsonSerializerContext;
