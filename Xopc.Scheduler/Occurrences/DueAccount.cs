using Xopc.Scheduler.Jobs;
using Xopc.Scheduler.Schedules;
using Xopc.Storage;

namespace Xopc.Scheduler.Occurrences;

/// <summary>Writes what was decided about due instants: one row each, and how far the job is accounted for, in one step of a caller's transaction.</summary>
internal static class DueAccount
{
    /// <summary>
    /// False: the job is not as it was when the plan was made (changed, deleted, or accounted for by another scheduler), and nothing was written.
    /// </summary>
    public static bool Apply(DatabaseTransaction transaction, StoredJob row, DuePlan plan, long nowMs)
    {
        var claimed = transaction.Execute(
            "UPDATE jobs SET accounted_ms = @accounted, next_ms = @next WHERE id = @id AND version = @version AND accounted_ms = @before AND enabled = 1",
            ("accounted", plan.AccountedMs), ("next", plan.NextMs), ("id", row.Id), ("version", row.Version), ("before", row.AccountedMs));
        if (claimed == 0)
        {
            return false;
        }

        var runs = 0L;
        foreach (var decision in plan.Decisions)
        {
            runs += Write(transaction, row, decision, nowMs) ? 1 : 0;
        }

        if (runs > 0)
        {
            transaction.Execute("UPDATE jobs SET runs = runs + @runs WHERE id = @id", ("runs", runs), ("id", row.Id));
        }

        return true;
    }

    /// <summary>Accounts for what is due of a job that is about to change, as it is before the change.</summary>
    public static void Settle(DatabaseTransaction transaction, StoredJob row, string defaultZone, long nowMs)
    {
        if (row.NextMs <= nowMs && row.Job is not null && Compile(row.Job, defaultZone) is { } schedule)
        {
            Apply(transaction, row, DuePlanner.Plan(row, schedule, row.Blocked, nowMs), nowMs);
        }
    }

    private static Schedule? Compile(Job job, string defaultZone)
    {
        try
        {
            return job.Schedule.Compile(defaultZone, out _);
        }
        catch (TimeZoneNotFoundException)
        {
            return null;
        }
    }

    /// <summary>True: it is let run.</summary>
    private static bool Write(DatabaseTransaction transaction, StoredJob row, DueDecision decision, long nowMs)
    {
        var occurrence = new NewOccurrence(
            Occurrence.IdOf(row.Id, decision.DueMs), row.Id, row.Version, decision.DueMs, decision.LastDueMs, decision.Moments, Manual: false, row.PrincipalId);
        if (decision.Outcome is { } outcome)
        {
            OccurrenceRows.AddEnded(transaction, occurrence, outcome, decision.Reason!, nowMs);
            return false;
        }

        var open = OccurrenceRows.Open(transaction, row.Id);
        var overlap = decision.IsLate ? OverlapPolicy.Queue : row.Job!.Overlap;
        if (open > 0 && Against(overlap, open) is { } reason)
        {
            OccurrenceRows.AddEnded(transaction, occurrence, OccurrenceOutcomes.Skipped, reason, nowMs);
            return false;
        }

        if (open > 0 && overlap == OverlapPolicy.CancelPrevious)
        {
            OccurrenceCancelling.CancelOpen(transaction, row.Id, OccurrenceOutcomes.Cancelled, "the next one is due", nowMs);
        }

        return OccurrenceRows.AddWaiting(transaction, occurrence.Id, row.Id, row.Version, decision.DueMs, manual: false, row.PrincipalId, nowMs);
    }

    private static string? Against(OverlapPolicy overlap, int open) => overlap switch
    {
        OverlapPolicy.Skip => "the one before has not ended",
        OverlapPolicy.Queue when open >= OccurrenceLedger.WaitingPerJob => $"{open} before it have not ended",
        _ => null,
    };
}
