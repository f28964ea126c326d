namespace Xopc.Scheduler.Jobs;

/// <summary>How a schedule is written.</summary>
internal enum ScheduleKind
{
    Cron,
    Every,
    At,
}
