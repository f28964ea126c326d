using System.Text.Json;
using Xopc.Agents.Events;
using Xopc.Agents.Sessions;
using Xopc.Agents.Settings;
using Xopc.ServiceDefaults.Http;
using Xopc.Contracts.Messages;

namespace Xopc.Agents.Runs;

/// <summary>The events of our streams by name, with the shape of their data. <see cref="RunWriter"/> writes the bytes; this is what a client may expect.</summary>
internal static class RunEvents
{
    /// <summary>Of one run.</summary>
    public static readonly IReadOnlyDictionary<string, Type> OfRun = new Dictionary<string, Type>(StringComparer.Ordinal)
    {
        ["status"] = typeof(RunStatusData), ["progress"] = typeof(RunProgressData), ["thinking"] = typeof(RunThinkingData), ["token"] = typeof(RunTextData),
        ["tool_start"] = typeof(RunToolStartData), ["tool_end"] = typeof(RunToolEndData), ["message_end"] = typeof(RunMarkData), ["reset"] = typeof(RunResetData),
        ["error"] = typeof(RunTextData), ["result"] = typeof(RunResultData), [Farewell.Event] = typeof(FarewellData),
    };

    /// <summary>Of <c>/api/events</c>.</summary>
    public static readonly IReadOnlyDictionary<string, Type> OfEverything = new Dictionary<string, Type>(StringComparer.Ordinal)
    {
        ["connected"] = typeof(ConnectedData), ["resync"] = typeof(ResyncData), ["agent.stream"] = typeof(AgentStreamData), [RunStarted.Event] = typeof(RunStarted), ["session.created"] = typeof(SessionChanged),
        ["session.updated"] = typeof(SessionChanged), ["session.message"] = typeof(SessionMessage), ["session.deleted"] = typeof(SessionChanged), ["config.reload"] = typeof(ConfigReloadEvent), ["delivery.updated"] = typeof(DeliveryUpdated),
        ["channels.status"] = typeof(AccountChanged), ["channels.pairing.requested"] = typeof(PairingChanged), ["channels.pairing.refreshed"] = typeof(PairingChanged),
        ["channels.pairing.approved"] = typeof(PairingChanged), ["channels.pairing.revoked"] = typeof(PairingChanged), ["channels.pairing.dismissed"] = typeof(PairingChanged),
        [Farewell.Event] = typeof(FarewellData),
    };
}

internal sealed record RunStatusData(string Type, string Status, string RunId, string SessionKey);

internal sealed record RunProgressData(string Type, string Stage, string Message);

/// <param name="Status"><c>started</c>, before the first piece.</param>
/// <param name="Delta">True on a piece.</param>
internal sealed record RunThinkingData(string Type, string? Status, string? Content, bool? Delta);

/// <summary>A piece of the answer (<c>token</c>), or what went wrong (<c>error</c>).</summary>
internal sealed record RunTextData(string Type, string Content);

internal sealed record RunToolStartData(string Type, string ToolCallId, string ToolName, JsonElement Args);

internal sealed record RunToolEndData(string Type, string ToolCallId, string ToolName, bool IsError, string Result);

internal sealed record RunMarkData(string Type);

/// <summary>The text so far is void; <paramref name="Content"/> stands instead.</summary>
internal sealed record RunResetData(string Type, string Content, string? Reason);

/// <summary>Always last.</summary>
/// <param name="Error">Only of a failed run.</param>
internal sealed record RunResultData(bool Ok, RunResultPayload Payload, RunResultError? Error);

/// <param name="Status"><c>ok</c>, <c>aborted</c>, <c>interrupted</c>, <c>error</c>.</param>
internal sealed record RunResultPayload(string Status, string Summary);

internal sealed record RunResultError(string Code, string Message);
