using Xopc.Configuration;
using Xopc.Storage;
using Xopc.Storage.Retention;

namespace Xopc.Agents.Sessions;

/// <summary>Removes sessions by <c>session.storage.pruneAfterMs</c> and beyond <c>session.storage.maxEntries</c>, the longest untouched first; pinned ones and those with an open run stay.</summary>
internal sealed class SessionRetention(ConfigStore configuration, SessionDeletion deletion) : IRetentionRule
{
    private const int Step = 50;

    public string Database => AgentsSchema.Database;

    public string Name => "sessions";

    public async Task<int> RemoveAsync(Database database, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var removed = 0;
        for (var step = -1; step != 0;)
        {
            step = await RemoveStepAsync(database, now, cancellationToken);
            removed += step;
        }

        return removed;
    }

    private async Task<int> RemoveStepAsync(Database database, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var storage = configuration.Current.Session.Storage;
        if (storage is not { PruneAfterMs: not null } and not { MaxEntries: not null })
        {
            return 0;
        }

        var oldest = await database.ReadAsync(
            reader =>
            {
                var surplus = storage.MaxEntries is { } max ? Math.Max(0, (long)reader.Scalar("SELECT COUNT(*) FROM sessions")! - max) : 0;
                var before = storage.PruneAfterMs is { } age ? now.ToUnixTimeMilliseconds() - age : long.MinValue;
                return reader.Query(
                    """
                    SELECT key, updated_ms FROM (
                      SELECT key, updated_ms, ROW_NUMBER() OVER (ORDER BY updated_ms, key) AS place FROM sessions
                      WHERE status <> 'pinned' AND NOT EXISTS (SELECT 1 FROM runs WHERE runs.session_key = sessions.key AND runs.ended_ms IS NULL)) AS oldest
                    WHERE updated_ms < @before OR place <= @surplus ORDER BY place LIMIT @limit
                    """,
                    static row => (Key: row.GetString(0), UpdatedMs: row.GetInt64(1)), ("before", before), ("surplus", surplus), ("limit", (long)Step));
            },
            cancellationToken);
        var removed = 0;
        foreach (var (key, updatedMs) in oldest)
        {
            removed += await deletion.DeleteUntouchedAsync(key, updatedMs) ? 1 : 0;
        }

        return removed;
    }
}
