using Xopc.Scheduler.Jobs;
using Xopc.Storage;

namespace Xopc.Scheduler.Occurrences;

/// <summary>What became of every due instant: one row each.</summary>
internal sealed class OccurrenceLedger([FromKeyedServices(SchedulerSchema.Database)] Database database, SweepWake wake, TimeProvider clock)
{
    public const int LargestPage = 500;

    /// <summary>Rows of one job that may wait.</summary>
    public const int WaitingPerJob = 100;

    public Task<Occurrence?> FindAsync(string id, CancellationToken cancellationToken) =>
        database.ReadAsync(reader => OccurrenceRows.Find(reader, id), cancellationToken).AsTask();

    /// <param name="jobId">Null: of all jobs.</param>
    /// <param name="before">Of the page before; null: from the newest.</param>
    public async Task<OccurrencePage> ListAsync(string? jobId, long? before, int limit, CancellationToken cancellationToken)
    {
        limit = Math.Clamp(limit, 1, LargestPage);
        var position = before ?? long.MaxValue;
        var rows = await database.ReadAsync(reader => List(reader, jobId, position, limit + 1), cancellationToken);
        return rows.Count <= limit ? new OccurrencePage(rows, null) : new OccurrencePage(rows[..limit], rows[limit - 1].Seq);
    }

    /// <summary>
    /// Runs a job now, one that is disabled or blocked too: the row waits for its turn like every other. It is durable when this completes, and the answer does not wait for
    /// the run.
    /// </summary>
    public async Task<TriggerResult> TriggerAsync(string jobId, string principalId, CancellationToken cancellationToken)
    {
        var now = clock.GetUtcNow();
        var (nowMs, dueMs) = (now.ToUnixTimeMilliseconds(), now.ToUnixTimeSeconds() * 1_000);
        var id = $"cron:{jobId}:manual:{Guid.CreateVersion7(now):D}";
        var result = await database.WriteAsync(
            tx =>
            {
                if (JobRows.Find(tx, jobId) is not { } job)
                {
                    return new TriggerResult(TriggerOutcome.NotFound);
                }

                if (job.Job is null)
                {
                    return new TriggerResult(TriggerOutcome.Damaged);
                }

                if (OccurrenceRows.Open(tx, jobId) >= WaitingPerJob)
                {
                    return new TriggerResult(TriggerOutcome.Full);
                }

                OccurrenceRows.AddWaiting(tx, id, jobId, job.Version, dueMs, manual: true, principalId, nowMs);
                return new TriggerResult(TriggerOutcome.Accepted, OccurrenceRows.Find(tx, id));
            },
            cancellationToken);
        wake.Set();
        return result;
    }

    /// <summary>Somebody has seen that a job fails: its mark and its count go, and the next notice can come. False: there is no such job.</summary>
    public Task<bool> AcknowledgeAsync(string jobId, CancellationToken cancellationToken) =>
        database.WriteAsync(tx => tx.Execute("UPDATE jobs SET marked_ms = NULL, failures = 0 WHERE id = @id", ("id", jobId)) > 0, cancellationToken);

    private static List<Occurrence> List(DatabaseReader reader, string? jobId, long before, int limit) =>
        jobId is null
            ? reader.Query(
                $"SELECT {OccurrenceRows.Columns} FROM occurrences WHERE seq < @before ORDER BY seq DESC LIMIT @limit", OccurrenceRows.Map, ("before", before), ("limit", limit))
            : reader.Query(
                $"SELECT {OccurrenceRows.Columns} FROM occurrences WHERE job_id = @job AND seq < @before ORDER BY seq DESC LIMIT @limit", OccurrenceRows.Map,
                ("job", jobId), ("before", before), ("limit", limit));
}
