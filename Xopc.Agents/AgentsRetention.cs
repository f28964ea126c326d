using Xopc.Agents.Sessions;
using Xopc.Configuration;
using Xopc.Storage;
using Xopc.Storage.Retention;

namespace Xopc.Agents;

/// <summary>How long this service keeps what nobody needs any more. Sessions stay until their owner says otherwise (<c>session.storage</c>).</summary>
internal static class AgentsRetention
{
    private const long MaxRunBytes = 256L * 1024 * 1024;
    private static readonly TimeSpan MaxRunAge = TimeSpan.FromDays(7);

    public static void AddAgentsRetention(this IServiceCollection services)
    {
        services.AddSingleton<IRetentionRule>(new TableRetention(AgentsSchema.Database, "runs", "run_id", "ended_ms", "bytes", MaxRunAge, MaxRunBytes));
        services.AddSingleton<IRetentionRule>(new TableRetention(AgentsSchema.Database, "idempotency", "id", "created_ms", null, TimeSpan.FromHours(24)));
        services.AddSingleton<IRetentionRule>(new LeftoverRetention("run_journal"));
        services.AddSingleton<IRetentionRule>(new LeftoverRetention("steers"));
        services.AddSingleton<IRetentionRule, SessionRetention>();
    }
}

/// <summary>Removes what belonged to runs that are over: journal parts written in the moment of their end, words steered in.</summary>
internal sealed class LeftoverRetention(string table) : IRetentionRule
{
    private readonly string _remove =
        $"""
        DELETE FROM {table} WHERE run_id IN (
          SELECT DISTINCT {table}.run_id FROM {table} LEFT JOIN runs ON runs.run_id = {table}.run_id
          WHERE runs.run_id IS NULL OR runs.ended_ms IS NOT NULL LIMIT 100)
        """;

    public string Database => AgentsSchema.Database;

    public string Name => table;

    public async Task<int> RemoveAsync(Database database, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var removed = 0;
        for (var step = -1; step != 0;)
        {
            step = await database.WriteAsync(tx => tx.Execute(_remove), Durability.Relaxed, cancellationToken);
            removed += step;
        }

        return removed;
    }
}

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

        var keys = await database.ReadAsync(
            reader =>
            {
                var surplus = storage.MaxEntries is { } max ? Math.Max(0, (long)reader.Scalar("SELECT COUNT(*) FROM sessions")! - max) : 0;
                var before = storage.PruneAfterMs is { } age ? now.ToUnixTimeMilliseconds() - age : long.MinValue;
                return reader.Query(
                    """
                    SELECT key FROM (
                      SELECT key, updated_ms, ROW_NUMBER() OVER (ORDER BY updated_ms, key) AS place FROM sessions
                      WHERE status <> 'pinned' AND NOT EXISTS (SELECT 1 FROM runs WHERE runs.session_key = sessions.key AND runs.ended_ms IS NULL)) AS oldest
                    WHERE updated_ms < @before OR place <= @surplus ORDER BY place LIMIT @limit
                    """,
                    static row => row.GetString(0), ("before", before), ("surplus", surplus), ("limit", (long)Step));
            },
            cancellationToken);
        var removed = 0;
        foreach (var key in keys)
        {
            removed += await deletion.DeleteAsync(key) ? 1 : 0;
        }

        return removed;
    }
}
