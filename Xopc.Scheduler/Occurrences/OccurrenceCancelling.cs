using Xopc.Storage;

namespace Xopc.Scheduler.Occurrences;

/// <summary>Takes back what was let run.</summary>
internal static class OccurrenceCancelling
{
    /// <summary>
    /// Everything of a job that has not ended: what waits ends at once, what is at work is asked to and ends so when its end is confirmed.
    /// </summary>
    public static void CancelOpen(DatabaseTransaction transaction, string jobId, string outcome, string reason, long nowMs)
    {
        transaction.Execute(
            """
            UPDATE occurrences SET state = 'ended', outcome = @outcome, reason = @reason, ended_ms = @now, retry_ms = NULL
            WHERE job_id = @job AND ended_ms IS NULL AND state <> 'running'
            """,
            ("outcome", outcome), ("reason", reason), ("now", nowMs), ("job", jobId));
        TurnCancelling.AskAll(transaction, jobId, nowMs);
        transaction.Execute(
            """
            UPDATE occurrences SET cancel = @outcome, cancel_reason = @reason, cancel_ms = @now
            WHERE job_id = @job AND ended_ms IS NULL AND state = 'running' AND cancel IS NULL
            """,
            ("outcome", outcome), ("reason", reason), ("now", nowMs), ("job", jobId));
    }
}
