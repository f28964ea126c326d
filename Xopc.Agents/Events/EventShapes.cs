using System.Text.Json;

namespace Xopc.Agents.Events;

/// <summary>First event of every stream.</summary>
internal sealed record ConnectedData(string SessionId);

/// <summary>The client missed events that are no longer known.</summary>
internal sealed record ResyncData(string Reason);

/// <summary>An update of some run: any of its events' data but <c>result</c>'s.</summary>
internal sealed record AgentStreamData(string SessionKey, string RunId, JsonElement Event);
