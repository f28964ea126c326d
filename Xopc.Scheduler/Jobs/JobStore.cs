using Xopc.Configuration;
using Xopc.Scheduler.Occurrences;
using Xopc.Storage;

namespace Xopc.Scheduler.Jobs;

/// <summary>The jobs of <c>scheduler.db</c>. A change is durable when its task completes, and the sweep has been told.</summary>
internal sealed class JobStore(
    [FromKeyedServices(SchedulerSchema.Database)] Database database, ConfigStore configuration, SweepWake wake, TimeProvider clock)
{
    public const int Capacity = 20_000;
    public const int LargestPage = 500;

    /// <summary>A job that nobody has yet; its first instant is after now. Conflict: the id is taken.</summary>
    public async Task<JobChange> CreateAsync(Job job, string principalId, CancellationToken cancellationToken)
    {
        var nowMs = NowMs();
        var next = job.Enabled ? NextMs(job, nowMs) : null;
        var body = JobWriter.Write(job);
        return await ChangeAsync(
            tx =>
            {
                if (tx.Scalar("SELECT COUNT(*) FROM jobs") is >= (long)Capacity)
                {
                    return JobChangeOutcome.Full;
                }

                var added = tx.Execute(
                    """
                    INSERT INTO jobs (id, version, enabled, body, accounted_ms, next_ms, runs, failures, principal_id, created_ms, updated_ms)
                    VALUES (@id, 1, @enabled, @body, @now, @next, 0, 0, @principal, @now, @now)
                    ON CONFLICT (id) DO NOTHING
                    """,
                    ("id", job.Id), ("enabled", job.Enabled), ("body", body), ("now", nowMs), ("next", next), ("principal", principalId));
                return added > 0 ? JobChangeOutcome.Done : JobChangeOutcome.Conflict;
            },
            job.Id,
            cancellationToken);
    }

    /// <summary>
    /// Another body for a job. Instants up to now keep what became of them; the next is after now. What is known against it (blocked) is forgotten; failures and the
    /// mark stay. Conflict: it has changed since <paramref name="expectedVersion"/>.
    /// </summary>
    public async Task<JobChange> UpdateAsync(Job job, long expectedVersion, CancellationToken cancellationToken)
    {
        var body = JobWriter.Write(job);
        return await ChangeAsync(
            tx =>
            {
                var nowMs = NowMs();
                if (JobRows.Find(tx, job.Id) is not { } before)
                {
                    return JobChangeOutcome.NotFound;
                }

                // What is due and has no row yet is the job's as it was: it is accounted for before the job changes.
                DueAccount.Settle(tx, before, configuration.Current.Cron.DefaultTimezone, nowMs);
                var changed = tx.Execute(
                    """
                    UPDATE jobs SET version = version + 1, enabled = @enabled, body = @body, accounted_ms = MAX(accounted_ms, @now), next_ms = @next, blocked = NULL, updated_ms = @now
                    WHERE id = @id AND version = @version
                    """,
                    ("enabled", job.Enabled), ("body", body), ("next", job.Enabled && !IsSpent(job, before.Runs) ? NextMs(job, nowMs) : null), ("now", nowMs), ("id", job.Id),
                    ("version", expectedVersion));
                return changed > 0 ? JobChangeOutcome.Done : JobChangeOutcome.Conflict;
            },
            job.Id,
            cancellationToken);
    }

    /// <summary>Switches a job on or off. Instants that come while it is off are not due, and what waits goes on waiting and is worked on.</summary>
    public async Task<JobChange> SetEnabledAsync(string id, bool enabled, CancellationToken cancellationToken) =>
        await ChangeAsync(
            tx =>
            {
                var nowMs = NowMs();
                if (JobRows.Find(tx, id) is not { } before)
                {
                    return JobChangeOutcome.NotFound;
                }

                if (before.Enabled == enabled)
                {
                    return JobChangeOutcome.Done;
                }

                if (before.Job is null && enabled)
                {
                    return JobChangeOutcome.Damaged;
                }

                DueAccount.Settle(tx, before, configuration.Current.Cron.DefaultTimezone, nowMs);
                tx.Execute(
                    """
                    UPDATE jobs SET version = version + 1, enabled = @enabled, accounted_ms = MAX(accounted_ms, @now), next_ms = @next, blocked = NULL, updated_ms = @now WHERE id = @id
                    """,
                    ("enabled", enabled), ("next", enabled && !IsSpent(before.Job!, before.Runs) ? NextMs(before.Job!, nowMs) : null), ("now", nowMs), ("id", id));
                return JobChangeOutcome.Done;
            },
            id,
            cancellationToken);

    /// <summary>
    /// A job goes, and its history with it. What is at work of it is cancelled, and what comes back of it is of nobody. False: there is none.
    /// </summary>
    public async Task<bool> DeleteAsync(string id, CancellationToken cancellationToken)
    {
        var deleted = await database.WriteAsync(
            tx =>
            {
                TurnCancelling.AskAll(tx, id, NowMs());
                tx.Execute("DELETE FROM occurrences WHERE job_id = @job", ("job", id));
                return tx.Execute("DELETE FROM jobs WHERE id = @id", ("id", id)) > 0;
            },
            cancellationToken);
        wake.Set();
        return deleted;
    }

    public Task<StoredJob?> FindAsync(string id, CancellationToken cancellationToken) => database.ReadAsync(reader => JobRows.Find(reader, id), cancellationToken).AsTask();

    /// <param name="after">Of the page before; null: from the first.</param>
    public async Task<JobPage> ListAsync(string? after, int limit, CancellationToken cancellationToken)
    {
        limit = Math.Clamp(limit, 1, LargestPage);
        var jobs = await database.ReadAsync(reader => JobRows.List(reader, after ?? "", limit + 1), cancellationToken);
        return jobs.Count <= limit ? new JobPage(jobs, null) : new JobPage(jobs[..limit], jobs[limit - 1].Id);
    }

    public async Task<JobMetrics> MetricsAsync(CancellationToken cancellationToken)
    {
        var nowMs = NowMs();
        return await database.ReadAsync(reader => JobCounts.Read(reader, nowMs), cancellationToken);
    }

    private async Task<JobChange> ChangeAsync(Func<DatabaseTransaction, JobChangeOutcome> change, string id, CancellationToken cancellationToken)
    {
        var result = await database.WriteAsync(
            tx =>
            {
                var outcome = change(tx);
                return new JobChange(outcome, JobRows.Find(tx, id));
            },
            cancellationToken);
        wake.Set();
        return result;
    }

    private static bool IsSpent(Job job, long runs) => job.MaxRuns <= runs;

    private long? NextMs(Job job, long afterMs) =>
        job.Schedule.Compile(configuration.Current.Cron.DefaultTimezone, out _) is { } schedule ? DueInstants.NextMs(job, schedule, afterMs) : null;

    private long NowMs() => clock.GetUtcNow().ToUnixTimeMilliseconds();
}
