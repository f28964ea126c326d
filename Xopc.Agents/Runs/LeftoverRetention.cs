using Xopc.Storage;
using Xopc.Storage.Retention;

namespace Xopc.Agents.Runs;

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
