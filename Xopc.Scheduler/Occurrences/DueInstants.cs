using Xopc.Scheduler.Jobs;
using Xopc.Scheduler.Schedules;

namespace Xopc.Scheduler.Occurrences;

/// <summary>The instants of a schedule that its job lets be due.</summary>
internal static class DueInstants
{
    /// <summary>The first one after an instant; null: none comes.</summary>
    public static long? NextMs(Job job, Schedule schedule, long afterMs) =>
        schedule.NextAfter(DateTimeOffset.FromUnixTimeMilliseconds(afterMs)) is { } next && !(next > job.EndsAt) ? next.ToUnixTimeMilliseconds() : null;

    /// <summary>Those after an instant, up to and with another, in order. May be very many.</summary>
    public static IEnumerable<long> Between(Job job, Schedule schedule, long afterMs, long untilMs)
    {
        var until = DateTimeOffset.FromUnixTimeMilliseconds(untilMs);
        return schedule.Between(DateTimeOffset.FromUnixTimeMilliseconds(afterMs), job.EndsAt < until ? job.EndsAt.Value : until).Select(static due => due.ToUnixTimeMilliseconds());
    }
}
