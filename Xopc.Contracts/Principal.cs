namespace Xopc.Contracts;

/// <summary>Who is calling, as the edge established it. Stands on every row that belongs to someone.</summary>
/// <param name="Id">Stable name: <c>operator</c> for the one token or password (and for mode none), <c>key:{id}</c> for an API key. At most 128 characters.</param>
/// <param name="Scope">The highest scope the caller holds.</param>
/// <param name="Agents">The agents the caller may touch; null means all. The owning service applies it and answers 404 otherwise.</param>
/// <param name="Sessions">The session keys the caller may touch; null means all.</param>
public sealed record Principal(string Id, OperatorScope Scope, IReadOnlyList<string>? Agents = null, IReadOnlyList<string>? Sessions = null)
{
    /// <summary>The holder of the main token: everything.</summary>
    public static readonly Principal Operator = new("operator", OperatorScope.Admin);

    /// <summary>Whether the object limits admit this session.</summary>
    public bool MayTouch(SessionKey key) =>
        (Agents is null || Agents.Contains(key.AgentId, StringComparer.Ordinal)) && (Sessions is null || Sessions.Contains(key.Value, StringComparer.Ordinal));
}
