using Xopc.Configuration;
using Xopc.Scheduler.Jobs;
using Xopc.Scheduler.Schedules;
using Xopc.Storage;

namespace Xopc.Scheduler.Occurrences;

/// <summary>
/// Gives every due instant its row, decided by its job's policy, hands over what may be at work, and cancels what takes too long. Any number of processes may sweep the same
/// database: each step is claimed in the transaction that takes it.
/// </summary>
internal sealed partial class Sweep(
    [FromKeyedServices(SchedulerSchema.Database)] Database database, ConfigStore configuration, OccurrenceDispatch dispatch, OccurrenceDeadlines deadlines, OccurrenceNews news,
    TimeProvider clock, ILogger<Sweep> log)
{
    /// <summary>Jobs of one transaction: 1,000 that are due in the same second are five of them.</summary>
    public const int JobsPerPass = 200;

    /// <summary>One pass. True: there is more to do at once.</summary>
    public async Task<bool> RunOnceAsync(CancellationToken cancellationToken)
    {
        if (!configuration.Current.Cron.Enabled)
        {
            return false; // what is due meanwhile is late, or missed, when it is enabled again
        }

        var nowMs = clock.GetUtcNow().ToUnixTimeMilliseconds();
        var (due, hasWork) = await database.ReadAsync(
            reader => (JobRows.Due(reader, nowMs, JobsPerPass), dispatch.HasWork(reader, nowMs) || OccurrenceDeadlines.HasWork(reader, nowMs)), cancellationToken);
        if (due.Count == 0 && !hasWork)
        {
            return false;
        }

        // Beside the writer: a long downtime of a job that is due every second is seconds of arithmetic.
        var plans = due.ConvertAll(row => (Row: row, Plan: PlanOf(row, nowMs)));
        var (stale, taken) = await database.WriteAsync(tx => Write(tx, plans, nowMs), cancellationToken);
        return due.Count == JobsPerPass || stale > 0 || taken > 0;
    }

    /// <summary>When there is something to do next; null: nothing is known of.</summary>
    public async Task<long?> NextMsAsync(CancellationToken cancellationToken) =>
        await database.ReadAsync(
            static reader => reader.Scalar(
                """
                SELECT MIN(at) FROM (
                  SELECT MIN(next_ms) AS at FROM jobs WHERE next_ms IS NOT NULL
                  UNION ALL SELECT MIN(retry_ms) FROM occurrences WHERE ended_ms IS NULL AND state = 'retrying'
                  UNION ALL SELECT MIN(deadline_ms) FROM occurrences WHERE ended_ms IS NULL AND state = 'running' AND cancel IS NULL) AS moments
                """) as long?,
            cancellationToken);

    private DuePlan? PlanOf(StoredJob row, long nowMs)
    {
        if (row.Job is not { } job || Compiled(row, job) is not { } schedule)
        {
            return null;
        }

        return DuePlanner.Plan(row, schedule, row.Blocked ?? JobBlocks.Of(job, configuration.Current, configuration.Router.Agents), nowMs);
    }

    private Schedule? Compiled(StoredJob row, Job job)
    {
        try
        {
            if (job.Schedule.Compile(configuration.Current.Cron.DefaultTimezone, out var fault) is { } schedule)
            {
                return schedule;
            }

            LogNoSchedule(row.Id, fault ?? "");
        }
        catch (TimeZoneNotFoundException ex)
        {
            LogNoSchedule(row.Id, ex.Message);
        }

        return null;
    }

    private (int Stale, int Taken) Write(DatabaseTransaction transaction, List<(StoredJob Row, DuePlan? Plan)> plans, long nowMs)
    {
        var stale = 0;
        foreach (var (row, plan) in plans)
        {
            if (plan is null)
            {
                SetAside(transaction, row);
            }
            else if (DueAccount.Apply(transaction, row, plan, nowMs))
            {
                CountDecided(transaction, plan);
            }
            else
            {
                stale++;
            }
        }

        deadlines.Enforce(transaction, nowMs);
        return (stale, dispatch.Fill(transaction, nowMs));
    }

    // It stays in every list with its damage, and is not looked at again and again; its body is left as it is.
    private void SetAside(DatabaseTransaction transaction, StoredJob row)
    {
        LogSetAside(row.Id, row.Damage ?? "its schedule cannot be used here");
        transaction.Execute(
            "UPDATE jobs SET next_ms = NULL, blocked = @reason WHERE id = @id AND version = @version",
            ("reason", row.Damage is { } damage ? $"its row cannot be read: {Short.Of(damage, 500)}" : "its schedule or its time zone cannot be used here"), ("id", row.Id),
            ("version", row.Version));
    }

    private void CountDecided(DatabaseTransaction transaction, DuePlan plan)
    {
        foreach (var outcome in plan.Decisions.Select(static decision => decision.Outcome).OfType<string>())
        {
            transaction.OnCommitted(() => news.Count(outcome));
        }
    }

    [LoggerMessage(LogLevel.Error, "The schedule of job {JobId} cannot be used: {Reason}")]
    private partial void LogNoSchedule(string jobId, string reason);

    [LoggerMessage(LogLevel.Error, "Job {JobId} is set aside until somebody changes it: {Reason}")]
    private partial void LogSetAside(string jobId, string reason);
}
