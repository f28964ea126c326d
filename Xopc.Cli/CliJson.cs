using System.Text.Json.Serialization;
using Xopc.Cli.Commands;
using Xopc.Cli.Conversation;
using Xopc.Cli.Hosting;
using Xopc.Gateway.Audit;

namespace Xopc.Cli;

/// <summary>What the command line writes and sends.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull, UseStringEnumConverter = true)]
[JsonSerializable(typeof(Dictionary<string, string>))]
[JsonSerializable(typeof(LockOwner))]
[JsonSerializable(typeof(AskRequest))]
[JsonSerializable(typeof(AbortRequest))]
[JsonSerializable(typeof(AnswerJson))]
[JsonSerializable(typeof(AuditReport))]
[JsonSerializable(typeof(TicketRequest))]
[JsonSerializable(typeof(KeyJson))]
internal sealed partial class CliJson : JsonSerializerContext;
