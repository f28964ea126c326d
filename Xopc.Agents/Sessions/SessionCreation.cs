using System.Text;
using Xopc.Agents.Requests;
using Xopc.Contracts;
using Xopc.ServiceDefaults.Http;
using Xopc.Storage;

namespace Xopc.Agents.Sessions;

/// <summary>
/// Creates a session, in one transaction: the one with the given peer, else the newest that is still empty, else a new one. An existing session is never
/// touched. With an idempotency key the same request always names the same session.
/// </summary>
/// <param name="RecordId">Where the request's record lies; null without a key.</param>
internal sealed record SessionCreation(string Agent, string Source, string? Peer, Principal Principal, string? RecordId, DateTimeOffset Now)
{
    // Before the session's key, which has no blanks: the request found the session, and its repetition says so again.
    private const string Reused = "reused ";

    public CreatedSession Run(DatabaseTransaction transaction)
    {
        if (RecordId is not null && Earlier(transaction, RecordId) is { } earlier)
        {
            return earlier;
        }

        if (Peer is null && RecordId is null && SessionStore.FindEmpty(transaction, Source, Agent) is { } empty && SessionStore.MayTouch(Principal, empty.Key))
        {
            return new CreatedSession(empty, Created: false);
        }

        var key = SessionKey.Create(Agent, Source, null, "direct", Peer ?? $"chat_{Guid.CreateVersion7(Now):N}");
        if (!Principal.MayTouch(key))
        {
            throw SessionNames.NotFound();
        }

        var created = SessionStore.Create(transaction, key, Principal.Id, Now.ToUnixTimeMilliseconds());
        if (RecordId is not null)
        {
            var result = created ? key.Value : Reused + key.Value;
            IdempotencyStore.Keep(transaction, RecordId, Principal.Id, new KeptRequest(Hash(), result), Now.ToUnixTimeMilliseconds());
        }

        return new CreatedSession(SessionStore.Find(transaction, key.Value, Principal)!, created);
    }

    private CreatedSession? Earlier(DatabaseTransaction transaction, string id)
    {
        if (IdempotencyStore.Find(transaction, id, Now.ToUnixTimeMilliseconds()) is not { } kept)
        {
            return null;
        }

        if (kept.BodyHash != Hash())
        {
            return new CreatedSession(null!, Created: false, Conflict: true);
        }

        // Deleted meanwhile: the key is spent, the answer is that there is no such session.
        var reused = kept.Result.StartsWith(Reused, StringComparison.Ordinal);
        var session = SessionStore.Find(transaction, reused ? kept.Result[Reused.Length..] : kept.Result, Principal) ?? throw SessionNames.NotFound();
        return new CreatedSession(session, Created: false, Repeated: !reused);
    }

    private string Hash() => IdempotencyKey.Hash(Encoding.UTF8.GetBytes($"{Agent}\n{Source}\n{Peer}"));
}
