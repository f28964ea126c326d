namespace Xopc.Storage.Retention;

/// <summary>
/// Gives outbox rows up that no receiver has confirmed for <paramref name="maxAge"/>: to the dead letters, never silently. The age is below the one for
/// which receivers remember ids, so nothing is sent again that was already worked and forgotten.
/// </summary>
internal sealed class OutboxRetention(string database, TimeSpan maxAge) : IRetentionRule
{
    private const int Step = 200;

    public string Database => database;

    public string Name => "outbox";

    public Task<int> RemoveAsync(Database database, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var nowMs = now.ToUnixTimeMilliseconds();
        var cutoffMs = nowMs - (long)maxAge.TotalMilliseconds;
        return RetentionSteps.RemoveAsync(database, Step, transaction => GiveUp(transaction, cutoffMs, nowMs), Durability.Full, cancellationToken);
    }

    private static int GiveUp(DatabaseTransaction transaction, long cutoffMs, long nowMs)
    {
        // Rows are numbered in the order they were created, so only the first of them can be too old.
        var expired = transaction.Query(
            "SELECT seq, created_ms FROM outbox ORDER BY seq LIMIT @limit", static row => (Seq: row.GetInt64(0), CreatedMs: row.GetInt64(1)), ("limit", Step))
            .TakeWhile(row => row.CreatedMs <= cutoffMs).Select(row => row.Seq).ToList();
        foreach (var seq in expired)
        {
            transaction.Execute(
                """
                INSERT INTO dead_letters (id, origin, stream, key, body, sender, principal_id, traceparent, attempts, reason, bytes, buried_ms)
                SELECT id, 'outbox', stream, key, body, sender, principal_id, traceparent, 0, 'its receiver never confirmed it', LENGTH(body) + 400, @now
                FROM outbox WHERE seq = @seq
                ON CONFLICT (id) DO NOTHING
                """,
                ("now", nowMs), ("seq", seq));
            transaction.Execute("DELETE FROM outbox WHERE seq = @seq", ("seq", seq));
        }

        return expired.Count;
    }
}
