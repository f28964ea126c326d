using System.Text.Json;
using System.Text.Json.Serialization;
using Xopc.Agents.Events;
using Xopc.Agents.Runs;
using Xopc.Agents.Sessions;
using Xopc.Agents.Transcripts;
using Xopc.Agents.Turns;
using Xopc.Contracts.Messages;
using Xopc.ServiceDefaults.Http;

namespace Xopc.Agents;

/// <summary>Source-generated JSON of this service: bodies, answers, and what its database keeps.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull, UseStringEnumConverter = true)]
[JsonSerializable(typeof(AgentRequest))]
[JsonSerializable(typeof(RunReference))]
[JsonSerializable(typeof(SteerRequest))]
[JsonSerializable(typeof(AgentReply))]
[JsonSerializable(typeof(SyncMessage))]
[JsonSerializable(typeof(SyncAnswer))]
[JsonSerializable(typeof(RunStatusData))]
[JsonSerializable(typeof(RunProgressData))]
[JsonSerializable(typeof(RunThinkingData))]
[JsonSerializable(typeof(RunTextData))]
[JsonSerializable(typeof(RunToolStartData))]
[JsonSerializable(typeof(RunToolEndData))]
[JsonSerializable(typeof(RunMarkData))]
[JsonSerializable(typeof(RunResetData))]
[JsonSerializable(typeof(RunResultData))]
[JsonSerializable(typeof(AgentStreamData))]
[JsonSerializable(typeof(DeliveryUpdated))]
[JsonSerializable(typeof(RunStarted))]
[JsonSerializable(typeof(AccountChanged))]
[JsonSerializable(typeof(PairingChanged))]
[JsonSerializable(typeof(ConnectedData))]
[JsonSerializable(typeof(ResyncData))]
[JsonSerializable(typeof(FarewellData))]
[JsonSerializable(typeof(AbortAnswer))]
[JsonSerializable(typeof(SteerAnswer))]
[JsonSerializable(typeof(TranscriptMessage))]
[JsonSerializable(typeof(Session))]
[JsonSerializable(typeof(SessionPage))]
[JsonSerializable(typeof(SessionDetail))]
[JsonSerializable(typeof(SessionSettings))]
[JsonSerializable(typeof(SessionStats))]
[JsonSerializable(typeof(SessionChanged))]
[JsonSerializable(typeof(SessionMessage))]
[JsonSerializable(typeof(SettingsAnswer))]
[JsonSerializable(typeof(CreateSession))]
[JsonSerializable(typeof(RenameSession))]
[JsonSerializable(typeof(PatchSession))]
[JsonSerializable(typeof(SessionAnswer))]
[JsonSerializable(typeof(ChatIdsAnswer))]
[JsonSerializable(typeof(Exported))]
[JsonSerializable(typeof(Deleted))]
[JsonSerializable(typeof(Renamed))]
[JsonSerializable(typeof(Done))]
[JsonSerializable(typeof(JsonElement))]
[JsonSerializable(typeof(Dictionary<string, bool>))]
[JsonSerializable(typeof(List<string>))]
internal sealed partial class AgentsJson : JsonSerializerContext;
