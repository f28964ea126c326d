using System.Data.Common;

namespace Xopc.Storage;

/// <summary>Work that was given up, kept with its reason until retention or a person ends it.</summary>
/// <param name="Origin"><c>inbox</c>: accepted here and failed; <c>outbox</c>: sent from here and never confirmed by its receiver.</param>
public sealed record DeadLetter(
    long Seq, string Id, string Stream, string Key, byte[] Body, string PrincipalId, int Attempts, string Reason, long BuriedMs, string Origin = "inbox");

/// <summary>The table of given-up work.</summary>
public static class DeadLetters
{
    /// <summary>Letters after a position, oldest first.</summary>
    public static List<DeadLetter> List(DatabaseReader reader, long afterSeq, int limit) =>
        reader.Query(
            """
            SELECT seq, id, stream, key, body, principal_id, attempts, reason, buried_ms, origin FROM dead_letters WHERE seq > @after ORDER BY seq LIMIT @limit
            """,
            Map, ("after", afterSeq), ("limit", limit));

    /// <summary>Puts the work back as the newest of its key, attempts at zero. False: no such letter.</summary>
    public static bool Retry(DatabaseTransaction transaction, string id, long nowMs)
    {
        if (transaction.Scalar("SELECT origin FROM dead_letters WHERE id = @id", ("id", id)) is not string origin)
        {
            return false;
        }

        if (origin == "outbox")
        {
            transaction.Execute(
                """
                INSERT INTO outbox (id, stream, key, body, sender, principal_id, traceparent, created_ms)
                SELECT id, stream, key, body, sender, principal_id, traceparent, @now FROM dead_letters WHERE id = @id
                ON CONFLICT (id) DO NOTHING
                """,
                ("now", nowMs), ("id", id));
            transaction.NoteOutbox();
        }
        else
        {
            // The dead row keeps the id from being accepted twice; its place in the order is no longer its own.
            transaction.Execute("DELETE FROM inbox WHERE id = @id AND state = 'dead'", ("id", id));
            transaction.Execute(
                """
                INSERT INTO inbox (id, stream, key, body, sender, principal_id, traceparent, state, attempt, bytes, accepted_ms)
                SELECT id, stream, key, body, sender, principal_id, traceparent, 'queued', 0, bytes, @now FROM dead_letters WHERE id = @id
                ON CONFLICT (id) DO NOTHING
                """,
                ("now", nowMs), ("id", id));
        }

        return Discard(transaction, id);
    }

    /// <summary>Ends it for good. False: no such letter.</summary>
    public static bool Discard(DatabaseTransaction transaction, string id) =>
        transaction.Execute("DELETE FROM dead_letters WHERE id = @id", ("id", id)) > 0;

    private static DeadLetter Map(DbDataReader row) => new(
        row.GetInt64(0), row.GetString(1), row.GetString(2), row.GetString(3), row.GetFieldValue<byte[]>(4), row.GetString(5), row.GetInt32(6),
        row.GetString(7), row.GetInt64(8), row.GetString(9));
}
