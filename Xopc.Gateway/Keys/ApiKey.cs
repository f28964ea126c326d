using Xopc.Contracts;

namespace Xopc.Gateway.Keys;

/// <summary>An API key as it is kept. Its secret is not in it: only the SHA-256 of the secret is kept, and never leaves the store.</summary>
/// <param name="Id">12 letters and digits; part of the key's text, and its principal is <c>key:{id}</c>.</param>
/// <param name="Agents">The agents it may touch; null: all.</param>
/// <param name="Sessions">The session keys it may touch; null: all.</param>
/// <param name="Version">The count of changes at which this key changed last.</param>
/// <param name="CreatedBy">Principal id of the creator, or <c>cli</c>.</param>
/// <param name="LastUsedAt">Coarse: written at most once a minute.</param>
public sealed record ApiKey(
    string Id, string Name, OperatorScope Scope, IReadOnlyList<string>? Agents, IReadOnlyList<string>? Sessions, long Version, string CreatedBy,
    DateTimeOffset CreatedAt, DateTimeOffset? ExpiresAt, DateTimeOffset? RevokedAt, DateTimeOffset? LastUsedAt)
{
    /// <summary>Whoever presents it.</summary>
    public Principal Principal => new("key:" + Id, Scope, Agents, Sessions, ExpiresAt);

    /// <summary><c>active</c>, <c>expired</c> or <c>revoked</c>.</summary>
    public string State(DateTimeOffset now) => RevokedAt is not null ? "revoked" : ExpiresAt <= now ? "expired" : "active";
}
