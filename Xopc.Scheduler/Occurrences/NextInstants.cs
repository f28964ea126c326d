using Xopc.Scheduler.Jobs;
using Xopc.Storage;

namespace Xopc.Scheduler.Occurrences;

/// <summary>
/// Makes <c>next_ms</c> of every job what its schedule says: after a start, since a file may have been damaged or come from a machine with other rules of time zones, and
/// when the default zone changes.
/// </summary>
internal sealed partial class NextInstants([FromKeyedServices(SchedulerSchema.Database)] Database database, ILogger<NextInstants> log)
{
    private const int Page = 500;

    private readonly HashSet<string> _said = new(StringComparer.Ordinal);

    /// <returns>How many rows cannot be read.</returns>
    public async Task<int> ReconcileAsync(string defaultZone, CancellationToken cancellationToken)
    {
        var damaged = 0;
        for (var after = ""; ;)
        {
            var from = after;
            var rows = await database.ReadAsync(reader => JobRows.List(reader, from, Page), cancellationToken);
            var wrong = new List<(StoredJob Row, long? NextMs)>();
            foreach (var row in rows)
            {
                if (row.Damage is { } damage)
                {
                    damaged++;
                    if (_said.Count < JobStore.Capacity && _said.Add(row.Id))
                    {
                        LogDamaged(row.Id, damage);
                    }
                }
                else if (Expected(row, defaultZone) is { Known: true } expected && expected.NextMs != row.NextMs)
                {
                    wrong.Add((row, expected.NextMs));
                }
            }

            if (wrong.Count > 0)
            {
                await database.WriteAsync(tx => Correct(tx, wrong), cancellationToken);
            }

            if (rows.Count < Page)
            {
                return damaged;
            }

            after = rows[^1].Id;
        }
    }

    private static (bool Known, long? NextMs) Expected(StoredJob row, string defaultZone)
    {
        var job = row.Job!;
        if (!row.Enabled || job.MaxRuns <= row.Runs)
        {
            return (true, null);
        }

        try
        {
            return job.Schedule.Compile(defaultZone, out _) is { } schedule ? (true, DueInstants.NextMs(job, schedule, row.AccountedMs)) : default;
        }
        catch (TimeZoneNotFoundException)
        {
            return default;
        }
    }

    private static void Correct(DatabaseTransaction transaction, List<(StoredJob Row, long? NextMs)> wrong)
    {
        foreach (var (row, nextMs) in wrong)
        {
            transaction.Execute(
                "UPDATE jobs SET next_ms = @next WHERE id = @id AND version = @version AND accounted_ms = @accounted",
                ("next", nextMs), ("id", row.Id), ("version", row.Version), ("accounted", row.AccountedMs));
        }
    }

    [LoggerMessage(LogLevel.Error, "The row of job {JobId} in scheduler.db cannot be read: {Damage} It stays as it is, and is not run.")]
    private partial void LogDamaged(string jobId, string damage);
}
