using System.Text.Json.Serialization;
using Xopc.Gateway.Audit;
using Xopc.Gateway.Health;
using Xopc.Gateway.Reference;

namespace Xopc.Gateway;

/// <summary>Source-generated JSON of the edge's own answers.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull, UseStringEnumConverter = true)]
[JsonSerializable(typeof(HealthAnswer))]
[JsonSerializable(typeof(StatusAnswer))]
[JsonSerializable(typeof(ApiAnswer))]
[JsonSerializable(typeof(AuditAnswer))]
[JsonSerializable(typeof(OpenApiDocument))]
internal sealed partial class GatewayJson : JsonSerializerContext;
