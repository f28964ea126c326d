using System.Security.Cryptography;
using System.Text;
using Xopc.Contracts;
using Xopc.Storage;

namespace Xopc.Agents.Sessions;

/// <summary>What creating came to.</summary>
/// <param name="Created">The session is new.</param>
/// <param name="Repeated">The same request made it before, under its idempotency key.</param>
/// <param name="Conflict">The idempotency key belongs to another request; there is no session then.</param>
internal sealed record CreatedSession(Session Session, bool Created, bool Repeated = false, bool Conflict = false);

/// <summary>
/// Creates a session, in one transaction: the one with the given peer, else the newest that is still empty, else a new one. An existing session is never
/// touched. With an idempotency key the same request always names the same session.
/// </summary>
internal sealed record SessionCreation(string Agent, string Source, string? Peer, Principal Principal, string? IdempotencyKey, DateTimeOffset Now)
{
    public CreatedSession Run(DatabaseTransaction transaction)
    {
        var id = IdempotencyKey is null ? null : $"api:{Principal.Id}:sessions:{IdempotencyKey}";
        if (id is not null && Earlier(transaction, id) is { } earlier)
        {
            return earlier;
        }

        if (Peer is null && id is null && SessionStore.FindEmpty(transaction, Source, Agent) is { } empty && SessionStore.MayTouch(Principal, empty.Key))
        {
            return new CreatedSession(empty, Created: false);
        }

        var key = SessionKey.Create(Agent, Source, null, "direct", Peer ?? $"chat_{Guid.CreateVersion7(Now):N}");
        if (!Principal.MayTouch(key))
        {
            throw SessionNames.NotFound();
        }

        var created = SessionStore.Create(transaction, key, Principal.Id, Now.ToUnixTimeMilliseconds());
        if (id is not null)
        {
            transaction.Execute(
                "INSERT INTO idempotency (id, principal_id, body_hash, result, created_ms) VALUES (@id, @principal, @hash, @key, @now)",
                ("id", id), ("principal", Principal.Id), ("hash", Hash()), ("key", key.Value), ("now", Now.ToUnixTimeMilliseconds()));
        }

        return new CreatedSession(SessionStore.Find(transaction, key.Value, Principal)!, created);
    }

    private CreatedSession? Earlier(DatabaseTransaction transaction, string id)
    {
        var row = transaction.QueryFirst(
            "SELECT body_hash, result FROM idempotency WHERE id = @id", static row => new Tuple<string, string>(row.GetString(0), row.GetString(1)), ("id", id));
        if (row is null)
        {
            return null;
        }

        if (row.Item1 != Hash())
        {
            return new CreatedSession(null!, Created: false, Conflict: true);
        }

        // Deleted meanwhile: the key is spent, the answer is that there is no such session.
        return new CreatedSession(SessionStore.Find(transaction, row.Item2, Principal) ?? throw SessionNames.NotFound(), Created: false, Repeated: true);
    }

    private string Hash() => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes($"{Agent}\n{Source}\n{Peer}")));
}
