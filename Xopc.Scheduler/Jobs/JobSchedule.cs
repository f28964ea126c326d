using Xopc.Scheduler.Schedules;

namespace Xopc.Scheduler.Jobs;

/// <summary>When a job is due, as written.</summary>
/// <param name="Expression"><c>*/5 * * * *</c>; <c>10s</c>, <c>5m</c>, <c>2h</c>, <c>1d</c>; <c>2026-12-24T18:00:00+01:00</c>.</param>
/// <param name="TimeZone">IANA; null: <c>cron.defaultTimezone</c>, whatever it says at the time.</param>
/// <param name="Anchor">From when the spans of <c>every</c> are counted: a whole second, when the schedule was given.</param>
internal sealed record JobSchedule(ScheduleKind Kind, string Expression, string? TimeZone = null, DateTimeOffset? Anchor = null)
{
    /// <summary>The schedule that it means.</summary>
    /// <param name="fault">What is wrong with the expression; null when it is a schedule.</param>
    /// <exception cref="TimeZoneNotFoundException">The zone is unknown here.</exception>
    public Schedule? Compile(string defaultZone, out string? fault)
    {
        var zone = TimeZoneInfo.FindSystemTimeZoneById(TimeZone ?? defaultZone);
        Schedule? schedule;
        switch (Kind)
        {
            case ScheduleKind.Cron:
                return CronSchedule.Parse(Expression, zone, out fault);
            case ScheduleKind.Every:
                schedule = EveryText.Parse(Expression) is { } span ? new EverySchedule(span, Anchor ?? DateTimeOffset.UnixEpoch) : null;
                fault = schedule is null ? $"is no span from {EverySchedule.Shortest.TotalSeconds:0} s to {EverySchedule.Longest.TotalDays:0} d: 10s, 5m, 2h, 1d" : null;
                return schedule;
            default:
                schedule = AtSchedule.Parse(Expression, zone);
                fault = schedule is null ? "is no moment: 2026-12-24T18:00:00+01:00, or without an offset on the clock of the job's zone" : null;
                return schedule;
        }
    }
}
