using System.Data.Common;
using Xopc.Contracts.Messages;

namespace Xopc.Storage;

/// <summary>What became of a message offered to the inbox.</summary>
public enum AcceptOutcome
{
    /// <summary>A new row: make it visible in the same transaction.</summary>
    Accepted,

    /// <summary>The id is known: nothing to do, confirm it again.</summary>
    Duplicate,

    /// <summary>The key has as many unfinished rows as it may; nothing was written.</summary>
    KeyFull,
}

/// <summary>A unit of work. The inbox table is the queue: attempts and state live here, the stream only carried it.</summary>
/// <param name="Seq">Acceptance order within the database.</param>
/// <param name="State"><c>queued</c>, <c>running</c>, <c>done</c>, <c>dead</c>.</param>
/// <param name="Attempt">How often it was started, this start included.</param>
public sealed record InboxRow(
    long Seq, string Id, string Stream, string Key, byte[] Body, string PrincipalId, string State, int Attempt, string? TraceParent, long AcceptedMs);

/// <summary>
/// The receiver's table of accepted messages. All are steps of a caller's transaction, so that accepting and completing commit together with their effects.
/// Work is claimed by key: whoever holds the key's lease works its rows in acceptance order, one at a time. A finished row keeps its id, without its body,
/// for as long as the message could come again.
/// </summary>
public static class Inbox
{
    private const string Columns = "seq, id, stream, key, body, principal_id, state, attempt, traceparent, accepted_ms";

    /// <summary>Inserts the row, once per id. <paramref name="keyCapacity"/> bounds the unfinished rows of one key.</summary>
    public static AcceptOutcome Accept(DatabaseTransaction transaction, StreamMessage message, int keyCapacity, long nowMs) =>
        Insert(transaction, message, keyCapacity, start: false, nowMs).Outcome;

    /// <summary>
    /// As <see cref="Accept"/>, by somebody who took the key's lease in the same transaction: when no other row of the key is unfinished, the row begins
    /// as started, its attempt charged, as <see cref="ClaimNext"/> would have done. Null where it has to wait behind others.
    /// </summary>
    public static (AcceptOutcome Outcome, InboxRow? Started) AcceptAndStart(DatabaseTransaction transaction, StreamMessage message, int keyCapacity, long nowMs)
    {
        var (outcome, seq, running) = Insert(transaction, message, keyCapacity, start: true, nowMs);
        return (outcome, running
            ? new InboxRow(seq, message.Id, message.Stream, message.Key, message.Body.ToArray(), message.PrincipalId, "running", 1, message.TraceParent, nowMs)
            : null);
    }

    /// <summary>
    /// A message that cannot be made visible: its id is kept as of a dead row, so that it is not accepted when it comes again, and it lies in the dead letters.
    /// It never was work of its key, so no lease is needed. False: the id is known.
    /// </summary>
    public static bool Refuse(DatabaseTransaction transaction, StreamMessage message, int attempts, string reason, long nowMs)
    {
        var refused = transaction.Execute(
            """
            INSERT INTO inbox (id, stream, key, body, sender, principal_id, traceparent, state, attempt, bytes, accepted_ms, ended_ms)
            VALUES (@id, @stream, @key, @empty, @sender, @principal, @traceparent, 'dead', @attempts, @bytes, @now, @now)
            ON CONFLICT (id) DO NOTHING
            """,
            ("id", message.Id), ("stream", message.Stream), ("key", message.Key), ("empty", ReadOnlyMemory<byte>.Empty), ("sender", message.Sender),
            ("principal", message.PrincipalId), ("traceparent", message.TraceParent), ("attempts", attempts),
            ("bytes", RowSize.Of(message.Id, message.Key, 0)), ("now", nowMs));
        if (refused == 0)
        {
            return false;
        }

        transaction.Execute(
            """
            INSERT INTO dead_letters (id, origin, stream, key, body, sender, principal_id, traceparent, attempts, reason, bytes, buried_ms)
            VALUES (@id, 'inbox', @stream, @key, @body, @sender, @principal, @traceparent, @attempts, @reason, @bytes, @now)
            ON CONFLICT (id) DO NOTHING
            """,
            ("id", message.Id), ("stream", message.Stream), ("key", message.Key), ("body", message.Body), ("sender", message.Sender),
            ("principal", message.PrincipalId), ("traceparent", message.TraceParent), ("attempts", attempts), ("reason", reason),
            ("bytes", RowSize.Of(message.Id, message.Key, message.Body.Length)), ("now", nowMs));
        return true;
    }

    /// <summary>
    /// Takes the oldest unfinished row of a leased key and charges an attempt. A row left <c>running</c> by a dead owner is returned too (its
    /// <see cref="InboxRow.Attempt"/> already counts the new start). Null: nothing to do. Throws <see cref="FencedException"/> when the lease is no longer
    /// the caller's.
    /// </summary>
    public static InboxRow? ClaimNext(DatabaseTransaction transaction, KeyLease lease)
    {
        var row = Claim(transaction, lease);
        if (row is null)
        {
            KeyLeases.Verify(transaction, lease);
        }

        return row;
    }

    /// <summary>As <see cref="ClaimNext"/>; where there is nothing to do the lease is given up, in the statement that also verifies it.</summary>
    public static InboxRow? ClaimNextOrRelease(DatabaseTransaction transaction, KeyLease lease)
    {
        var row = Claim(transaction, lease);
        if (row is null)
        {
            KeyLeases.Release(transaction, lease);
        }

        return row;
    }

    private static InboxRow? Claim(DatabaseTransaction transaction, KeyLease lease) =>
        transaction.QueryFirst(
            $"""
            UPDATE inbox SET state = 'running', attempt = attempt + 1
            WHERE seq = (SELECT seq FROM inbox WHERE key = @key AND ended_ms IS NULL ORDER BY seq LIMIT 1)
              AND EXISTS (SELECT 1 FROM key_leases WHERE key_leases.key = @key AND key_leases.owner = @owner AND key_leases.fence = @fence)
            RETURNING {Columns}
            """,
            Map, ("key", lease.Key), ("owner", lease.Owner), ("fence", lease.Fence));

    /// <summary>Marks a claimed row done. Throws <see cref="FencedException"/> when the lease is no longer the caller's.</summary>
    public static void Complete(DatabaseTransaction transaction, KeyLease lease, string id, long nowMs) => End(transaction, lease, id, "done", nowMs);

    /// <summary>
    /// Ends a row whose work lies in a table of the receiver's own, which has been the queue since acceptance; here the row only kept the id and filled the
    /// key's capacity. An id that is unknown or ended already is fine.
    /// </summary>
    public static void Finish(DatabaseTransaction transaction, string id, long nowMs) =>
        transaction.Execute(
            "UPDATE inbox SET state = 'done', ended_ms = @now, body = @empty, bytes = bytes - LENGTH(body) WHERE id = @id AND ended_ms IS NULL",
            ("now", nowMs), ("empty", ReadOnlyMemory<byte>.Empty), ("id", id));

    /// <summary>Puts a claimed row back and takes its charge off: a graceful stop costs no attempt. Throws <see cref="FencedException"/> like <see cref="Complete"/>.</summary>
    public static void Return(DatabaseTransaction transaction, KeyLease lease, string id)
    {
        var returned = transaction.Execute(
            """
            UPDATE inbox SET state = 'queued', attempt = attempt - 1
            WHERE id = @id AND key = @key AND state = 'running'
              AND EXISTS (SELECT 1 FROM key_leases WHERE key_leases.key = @key AND key_leases.owner = @owner AND key_leases.fence = @fence)
            """,
            ("id", id), ("key", lease.Key), ("owner", lease.Owner), ("fence", lease.Fence));
        RequireClaimed(transaction, lease, id, returned);
    }

    /// <summary>Gives a row up: to the dead letters, with its reason; the key moves on. Throws <see cref="FencedException"/> like <see cref="Complete"/>.</summary>
    public static void Bury(DatabaseTransaction transaction, KeyLease lease, string id, string reason, long nowMs)
    {
        // First the letter, while the row still has its body; when the row turns out not to be the caller's, the exception undoes both.
        transaction.Execute(
            """
            INSERT INTO dead_letters (id, origin, stream, key, body, sender, principal_id, traceparent, attempts, reason, bytes, buried_ms)
            SELECT id, 'inbox', stream, key, body, sender, principal_id, traceparent, attempt, @reason, bytes, @now FROM inbox WHERE id = @id
            ON CONFLICT (id) DO NOTHING
            """,
            ("reason", reason), ("now", nowMs), ("id", id));
        End(transaction, lease, id, "dead", nowMs);
    }

    /// <summary>Keys of a stream that have unfinished rows and no live lease: work for whoever takes them. Oldest first.</summary>
    public static List<string> IdleKeys(DatabaseReader reader, string stream, long nowMs, int limit) =>
        // One pass over the index of unfinished rows, in its own order: 100,000 of them are about 20 ms, and in peace there are few.
        reader.Query(
            """
            SELECT waiting.key FROM (SELECT key, MIN(seq) AS oldest FROM inbox WHERE ended_ms IS NULL AND stream = @stream GROUP BY key) AS waiting
            WHERE NOT EXISTS (
              SELECT 1 FROM key_leases WHERE key_leases.key = waiting.key AND key_leases.owner <> '' AND key_leases.until_ms > @now)
            ORDER BY waiting.oldest LIMIT @limit
            """,
            static row => row.GetString(0), ("stream", stream), ("now", nowMs), ("limit", limit));

    /// <summary>The row of a message, also when it is done (then without its body). Null: never accepted, or removed by retention.</summary>
    public static InboxRow? Find(DatabaseReader reader, string id) =>
        reader.QueryFirst($"SELECT {Columns} FROM inbox WHERE id = @id", Map, ("id", id));

    /// <summary>How many rows of a key are queued or running.</summary>
    public static int CountUnfinished(DatabaseReader reader, string key) =>
        Convert.ToInt32(reader.Scalar("SELECT COUNT(*) FROM inbox WHERE key = @key AND ended_ms IS NULL", ("key", key)));

    private static (AcceptOutcome Outcome, long Seq, bool Running) Insert(
        DatabaseTransaction transaction, StreamMessage message, int keyCapacity, bool start, long nowMs)
    {
        var (seq, attempt) = transaction.QueryFirst(
            """
            INSERT INTO inbox (id, stream, key, body, sender, principal_id, traceparent, state, attempt, bytes, accepted_ms)
            SELECT @id, @stream, @key, @body, @sender, @principal, CAST(@traceparent AS TEXT),
              CASE WHEN @start AND before.waiting = 0 THEN 'running' ELSE 'queued' END, CASE WHEN @start AND before.waiting = 0 THEN 1 ELSE 0 END,
              CAST(@bytes AS BIGINT), CAST(@now AS BIGINT)
            FROM (SELECT COUNT(*) AS waiting FROM inbox WHERE key = @key AND ended_ms IS NULL) AS before
            WHERE before.waiting < @capacity
            ON CONFLICT (id) DO NOTHING
            RETURNING seq, attempt
            """,
            static row => (row.GetInt64(0), row.GetInt64(1)),
            ("id", message.Id), ("stream", message.Stream), ("key", message.Key), ("body", message.Body), ("sender", message.Sender),
            ("principal", message.PrincipalId), ("traceparent", message.TraceParent), ("start", start),
            ("bytes", RowSize.Of(message.Id, message.Key, message.Body.Length)), ("now", nowMs), ("capacity", keyCapacity));
        if (seq != 0)
        {
            return (AcceptOutcome.Accepted, seq, attempt == 1);
        }

        var known = transaction.Scalar("SELECT 1 FROM inbox WHERE id = @id", ("id", message.Id)) is not null;
        return (known ? AcceptOutcome.Duplicate : AcceptOutcome.KeyFull, 0, false);
    }

    private static void End(DatabaseTransaction transaction, KeyLease lease, string id, string state, long nowMs)
    {
        var ended = transaction.Execute(
            """
            UPDATE inbox SET state = @state, ended_ms = @now, body = @empty, bytes = @bytes
            WHERE id = @id AND key = @key AND state = 'running'
              AND EXISTS (SELECT 1 FROM key_leases WHERE key_leases.key = @key AND key_leases.owner = @owner AND key_leases.fence = @fence)
            """,
            ("state", state), ("now", nowMs), ("empty", ReadOnlyMemory<byte>.Empty), ("bytes", RowSize.Of(id, lease.Key, 0)), ("id", id), ("key", lease.Key),
            ("owner", lease.Owner), ("fence", lease.Fence));
        RequireClaimed(transaction, lease, id, ended);
    }

    private static void RequireClaimed(DatabaseTransaction transaction, KeyLease lease, string id, int changed)
    {
        if (changed == 0)
        {
            KeyLeases.Verify(transaction, lease);
            throw new InvalidOperationException($"The inbox row '{id}' is not running under the key '{lease.Key}'.");
        }
    }

    private static InboxRow Map(DbDataReader row) => new(
        row.GetInt64(0), row.GetString(1), row.GetString(2), row.GetString(3), row.GetFieldValue<byte[]>(4), row.GetString(5), row.GetString(6),
        row.GetInt32(7), row.IsDBNull(8) ? null : row.GetString(8), row.GetInt64(9));
}
