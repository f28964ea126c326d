using Xopc.Gateway.Keys;

namespace Xopc.Cli.Commands;

/// <summary>A key as <c>--json</c> prints it; the fields of <c>GET /api/keys</c>.</summary>
/// <param name="Key">The key itself, once, when it was made.</param>
internal sealed record KeyJson(
    string Id, string Name, IReadOnlyList<string> Scopes, IReadOnlyList<string>? Agents, IReadOnlyList<string>? Sessions, string State, string CreatedBy,
    DateTimeOffset CreatedAt, DateTimeOffset? ExpiresAt, DateTimeOffset? RevokedAt, DateTimeOffset? LastUsedAt, string? Key = null)
{
    public static KeyJson Of(ApiKey key, DateTimeOffset now) => new(
        key.Id, key.Name, ApiKeyRequest.NamesUpTo(key.Scope), key.Agents, key.Sessions, key.State(now), key.CreatedBy, key.CreatedAt, key.ExpiresAt,
        key.RevokedAt, key.LastUsedAt);
}
