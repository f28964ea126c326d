using System.Text.Json.Serialization;

namespace Xopc.Contracts;

/// <summary>Who is calling, as the edge established it. Stands on every row that belongs to someone.</summary>
/// <param name="Id">Stable name: <c>operator</c> for the one token or password (and for mode none), <c>key:{id}</c> for an API key. At most 128 characters.</param>
/// <param name="Scope">The highest scope the caller holds.</param>
/// <param name="Agents">The agents the caller may touch; null means all. The owning service applies it and answers 404 otherwise.</param>
/// <param name="Sessions">The session keys the caller may touch; null means all.</param>
/// <param name="ExpiresAt">When the credential ends by itself; null: never. What such a caller makes must not outlive it.</param>
public sealed record Principal(
    string Id, OperatorScope Scope, IReadOnlyList<string>? Agents = null, IReadOnlyList<string>? Sessions = null, DateTimeOffset? ExpiresAt = null)
{
    /// <summary>The holder of the main token: everything.</summary>
    public static readonly Principal Operator = new("operator", OperatorScope.Admin);

    /// <summary>Whether some objects of the installation are closed to the caller.</summary>
    [JsonIgnore]
    public bool IsRestricted => Agents is not null || Sessions is not null;

    /// <summary>Whether the object limits admit this session.</summary>
    public bool MayTouch(SessionKey key) =>
        (Agents is null || Agents.Contains(key.AgentId, StringComparer.Ordinal)) && (Sessions is null || Sessions.Contains(key.Value, StringComparer.Ordinal));

    /// <summary>Whether there is a session of this agent that the object limits admit: to anybody else it does not exist.</summary>
    public bool MayTouchAgent(string agentId) =>
        (Agents is null || Agents.Contains(agentId, StringComparer.Ordinal))
        && (Sessions is null || Sessions.Any(session => SessionKey.TryParse(session, null, out var key) && key.AgentId == agentId));
}
