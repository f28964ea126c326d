using Xopc.Scheduler.Jobs;
using Xopc.Scheduler.Schedules;

namespace Xopc.Scheduler.Occurrences;

/// <summary>
/// Decides about every instant of a job that is due and has no row yet. A pure function of the job and the clock, so that two schedulers decide the same.
/// </summary>
internal static class DuePlanner
{
    /// <summary>What is found so late is on time: a busy machine is no downtime.</summary>
    public static readonly TimeSpan Grace = TimeSpan.FromSeconds(5);

    // The newest so many get a row each, which is as many as any policy lets run; the older ones one together, which says how many.
    private const int OwnRows = 100;

    /// <param name="row">Its body can be read.</param>
    /// <param name="blocked">Why it cannot work; null when it can.</param>
    public static DuePlan Plan(StoredJob row, Schedule schedule, string? blocked, long nowMs)
    {
        var job = row.Job!;
        var (older, newest) = Collect(job, schedule, row.AccountedMs, nowMs);
        var runsLeft = (job.MaxRuns ?? long.MaxValue) - row.Runs;
        List<DueDecision> decisions = [];
        if (older is not null)
        {
            decisions.Add(older);
        }

        for (var i = 0; i < newest.Count && runsLeft > 0; i++)
        {
            var decision = blocked is null ? Decide(job.Missed, newest, i, nowMs) : new DueDecision(newest[i], newest[i], 1, OccurrenceOutcomes.Skipped, $"blocked: {blocked}", false);
            decisions.Add(decision);
            runsLeft -= decision.Outcome is null ? 1 : 0;
        }

        return new DuePlan(decisions, nowMs, runsLeft > 0 ? DueInstants.NextMs(job, schedule, nowMs) : null);
    }

    private static (DueDecision? Older, List<long> Newest) Collect(Job job, Schedule schedule, long afterMs, long nowMs)
    {
        var newest = new Queue<long>();
        DueDecision? older = null;
        foreach (var due in DueInstants.Between(job, schedule, afterMs, nowMs))
        {
            newest.Enqueue(due);
            if (newest.Count > OwnRows)
            {
                var gone = newest.Dequeue();
                older = older is null
                    ? new DueDecision(gone, gone, 1, OccurrenceOutcomes.Missed, null, IsLate: true)
                    : older with { LastDueMs = gone, Moments = older.Moments + 1 };
            }
        }

        return (older is null ? null : older with { Reason = $"{older.Moments} due times passed while no scheduler ran, and newer ones came after them" }, [.. newest]);
    }

    private static DueDecision Decide(MissedRuns policy, List<long> due, int at, long nowMs)
    {
        var lateness = TimeSpan.FromMilliseconds(nowMs - due[at]);
        if (lateness <= Grace)
        {
            return new DueDecision(due[at], due[at], 1, null, null, IsLate: false);
        }

        var reason = policy.Policy switch
        {
            MissedPolicy.Skip => $"found {Said(lateness)} late; what is missed is skipped",
            _ when lateness > policy.MaxLateness => $"found {Said(lateness)} late; at most {Said(policy.MaxLateness)} is made up for",
            MissedPolicy.Latest when at < due.Count - 1 => $"found {Said(lateness)} late; only the latest of {due.Count} is made up for",
            MissedPolicy.All when at < due.Count - policy.Max => $"found {Said(lateness)} late; only the latest {policy.Max} of {due.Count} are made up for",
            _ => null,
        };
        return new DueDecision(due[at], due[at], 1, reason is null ? null : OccurrenceOutcomes.Missed, reason, IsLate: true);
    }

    private static string Said(TimeSpan span) => span.TotalDays >= 2 ? $"{span.TotalDays:0} d" : span.TotalHours >= 2 ? $"{span.TotalHours:0} h" : span.TotalMinutes >= 2 ? $"{span.TotalMinutes:0} min" : $"{span.TotalSeconds:0} s";
}
