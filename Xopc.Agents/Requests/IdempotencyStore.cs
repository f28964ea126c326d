using Xopc.Storage;

namespace Xopc.Agents.Requests;

/// <summary>The records of requests that came with an idempotency key. All functions are steps of the transaction that does what the request asks.</summary>
internal static class IdempotencyStore
{
    /// <summary>After this a key is free again. Decided here, by the record's own time: retention only comes by later and takes the row away.</summary>
    public static readonly TimeSpan KeptFor = TimeSpan.FromHours(24);

    public static KeptRequest? Find(DatabaseReader reader, string id, long nowMs) =>
        reader.QueryFirst(
            "SELECT body_hash, result FROM idempotency WHERE id = @id AND created_ms > @after",
            static row => new KeptRequest(row.GetString(0), row.GetString(1)), ("id", id), ("after", nowMs - (long)KeptFor.TotalMilliseconds));

    public static void Keep(DatabaseTransaction transaction, string id, string principalId, KeptRequest request, long nowMs) =>
        transaction.Execute(
            """
            INSERT INTO idempotency (id, principal_id, body_hash, result, created_ms) VALUES (@id, @principal, @hash, @result, @now)
            ON CONFLICT (id) DO UPDATE SET body_hash = excluded.body_hash, result = excluded.result, created_ms = excluded.created_ms
            """,
            ("id", id), ("principal", principalId), ("hash", request.BodyHash), ("result", request.Result), ("now", nowMs));
}
