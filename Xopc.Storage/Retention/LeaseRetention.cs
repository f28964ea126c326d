namespace Xopc.Storage.Retention;

/// <summary>
/// Removes lease rows that nobody has held for a day. The next taking of such a key counts from 1 again, and that is safe: a stale holder is
/// recognised by its owner as well, which is unique per process start, so another process's fence 1 is never its own; and while a process lives and
/// renews, its rows are not old.
/// </summary>
internal sealed class LeaseRetention(string database) : IRetentionRule
{
    private const int Step = 500;

    public string Database => database;

    public string Name => "key_leases";

    public Task<int> RemoveAsync(Database database, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var cutoff = (now - TimeSpan.FromDays(1)).ToUnixTimeMilliseconds();
        return RetentionSteps.RemoveAsync(
            database, Step,
            transaction => transaction.Execute(
                "DELETE FROM key_leases WHERE key IN (SELECT key FROM key_leases WHERE until_ms < @cutoff LIMIT @limit)", ("cutoff", cutoff), ("limit", Step)),
            Durability.Relaxed, cancellationToken);
    }
}
