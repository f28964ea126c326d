namespace Xopc.Scheduler.Occurrences;

/// <summary>What wakes the sweep at a moment: Hangfire, or nothing where a test drives it.</summary>
internal interface ISweepClock
{
    /// <summary>The sweep is to run then; null: nothing is due. Called after each sweep.</summary>
    void WakeAt(DateTimeOffset? moment);
}
