namespace Xopc.Scheduler.Jobs;

/// <summary>Where a job happens.</summary>
internal enum SessionTarget
{
    /// <summary>In the agent's main session.</summary>
    Main,

    /// <summary>In a session of its own, <c>cron:{job}</c>.</summary>
    Isolated,
}
