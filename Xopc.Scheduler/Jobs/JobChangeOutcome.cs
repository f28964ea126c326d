namespace Xopc.Scheduler.Jobs;

/// <summary>What became of a change.</summary>
internal enum JobChangeOutcome
{
    Done,
    NotFound,

    /// <summary>The id is taken, or the job has changed since it was read.</summary>
    Conflict,

    /// <summary>There are <see cref="JobStore.Capacity"/> jobs.</summary>
    Full,

    /// <summary>The row cannot be read, so that it cannot be enabled; it can be deleted, or written anew.</summary>
    Damaged,
}
