using System.Text.Json.Serialization;
using Xopc.Gateway.Audit;
using Xopc.Gateway.Health;
using Xopc.Gateway.Logs;
using Xopc.Gateway.Edge;
using Xopc.Gateway.Keys;
using Xopc.Gateway.Reference;
using Xopc.ServiceDefaults.Http;

namespace Xopc.Gateway;

/// <summary>Source-generated JSON of the edge's own answers.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull, UseStringEnumConverter = true)]
[JsonSerializable(typeof(HealthAnswer))]
[JsonSerializable(typeof(StatusAnswer))]
[JsonSerializable(typeof(ApiAnswer))]
[JsonSerializable(typeof(AuditAnswer))]
[JsonSerializable(typeof(LogPage))]
[JsonSerializable(typeof(LogConnected))]
[JsonSerializable(typeof(FarewellData))]
[JsonSerializable(typeof(LogFilesAnswer))]
[JsonSerializable(typeof(LogLevelsAnswer))]
[JsonSerializable(typeof(LogModulesAnswer))]
[JsonSerializable(typeof(LogDirAnswer))]
[JsonSerializable(typeof(LogHealthAnswer))]
[JsonSerializable(typeof(SetLogLevel))]
[JsonSerializable(typeof(LogLevelAnswer))]
[JsonSerializable(typeof(LogLevelChanged))]
[JsonSerializable(typeof(CreateKey))]
[JsonSerializable(typeof(KeyAnswer))]
[JsonSerializable(typeof(KeysAnswer))]
[JsonSerializable(typeof(MeAnswer))]
[JsonSerializable(typeof(TokenAnswer))]
[JsonSerializable(typeof(TicketBody))]
[JsonSerializable(typeof(TicketAnswer))]
[JsonSerializable(typeof(string[]))]
[JsonSerializable(typeof(OpenApiDocument))]
internal sealed partial class GatewayJson : JsonSerializerContext;
