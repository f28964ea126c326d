using Xopc.Configuration;
using Xopc.Contracts;
using Xopc.Scheduler.Jobs;
using Xopc.Storage;

namespace Xopc.Scheduler.Occurrences;

/// <summary>Ends a row of the ledger, and draws its job's conclusions: failures in a row, the mark, the notice.</summary>
internal static class OccurrenceEnding
{
    /// <summary>So many failures in a row mark a job.</summary>
    public const int FailuresToMark = 3;

    /// <summary>A row that has ended already stays as it is.</summary>
    public static void End(
        DatabaseTransaction transaction, string id, string outcome, string? reason, ConfigStore configuration, OccurrenceNews news, long nowMs, bool blocks = false)
    {
        var ended = transaction.Execute(
            "UPDATE occurrences SET state = 'ended', outcome = @outcome, reason = @reason, ended_ms = @now, retry_ms = NULL, deadline_ms = NULL WHERE id = @id AND ended_ms IS NULL",
            ("outcome", outcome), ("reason", reason), ("now", nowMs), ("id", id));
        if (ended == 0 || OccurrenceRows.Find(transaction, id) is not { } row)
        {
            return;
        }

        var job = JobRows.Find(transaction, row.JobId);
        if (job is not null && blocks)
        {
            transaction.Execute("UPDATE jobs SET blocked = @reason WHERE id = @id", ("reason", reason), ("id", job.Id));
        }

        switch (outcome)
        {
            case OccurrenceOutcomes.Ran:
                Succeeded(transaction, job, isCertain: row.DeliveryState is not "queued" || job?.Job?.Delivery.BestEffort == true);
                break;
            case OccurrenceOutcomes.Failed or OccurrenceOutcomes.TimedOut or OccurrenceOutcomes.Unknown:
                Failed(transaction, job, row, reason ?? outcome, configuration, news, nowMs);
                break;
        }

        var session = row.SessionKey ?? SessionOf(row.JobId, job, configuration);
        transaction.OnCommitted(() => news.Ended(row, session));
    }

    /// <summary>What became of a row's delivery. One that does not arrive is a failure of its job, unless it is best effort.</summary>
    public static void Delivered(
        DatabaseTransaction transaction, Occurrence row, string deliveryId, string state, string? reason, ConfigStore configuration, OccurrenceNews news, long nowMs)
    {
        transaction.Execute(
            "UPDATE occurrences SET delivery_id = @delivery, delivery_state = @state, delivery_reason = @reason WHERE id = @id",
            ("delivery", deliveryId), ("state", state), ("reason", reason), ("id", row.Id));
        var job = JobRows.Find(transaction, row.JobId);
        if (row.Outcome != OccurrenceOutcomes.Ran || job?.Job?.Delivery.BestEffort != false)
        {
            return;
        }

        if (state is "sent" or "suppressed")
        {
            Succeeded(transaction, job, isCertain: true);
        }
        else if (state is "failed" or "expired" or "unknown")
        {
            Failed(transaction, job, row, $"its delivery: {reason ?? state}", configuration, news, nowMs);
        }
    }

    private static void Succeeded(DatabaseTransaction transaction, StoredJob? job, bool isCertain)
    {
        if (job is not null && (job.Failures > 0 || job.Blocked is not null))
        {
            // The mark stays until somebody has seen it; what is not delivered yet proves nothing about the count.
            transaction.Execute(
                "UPDATE jobs SET failures = CASE WHEN @certain THEN 0 ELSE failures END, blocked = NULL WHERE id = @id", ("certain", isCertain), ("id", job.Id));
        }
    }

    private static void Failed(
        DatabaseTransaction transaction, StoredJob? job, Occurrence row, string reason, ConfigStore configuration, OccurrenceNews news, long nowMs)
    {
        // Once a row, whether it is its end or its delivery's.
        if (job is null || transaction.Execute("UPDATE occurrences SET counted = 1 WHERE id = @id AND counted = 0", ("id", row.Id)) == 0)
        {
            return;
        }

        var failures = job.Failures + 1;
        var marks = failures >= FailuresToMark && job.MarkedMs is null;
        transaction.Execute(
            "UPDATE jobs SET failures = @failures, marked_ms = CASE WHEN @marks THEN @now ELSE marked_ms END WHERE id = @id",
            ("failures", failures), ("marks", marks), ("now", nowMs), ("id", job.Id));
        if (marks)
        {
            FailureNotice.Add(transaction, job, failures, reason, configuration, nowMs);
            var session = SessionOf(job.Id, job, configuration);
            transaction.OnCommitted(() => news.Marked(job, failures, session));
        }
    }

    // Decides who hears of it: an event without a session is everybody's.
    private static string SessionOf(string jobId, StoredJob? job, ConfigStore configuration) =>
        (job?.Job is { } known ? JobSessions.Of(known, configuration.Router.Agents) : SessionKey.Cron(jobId)).Value;
}
