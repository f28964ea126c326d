namespace Xopc.Scheduler.Occurrences;

/// <summary>What became of a wish to run a job now.</summary>
internal enum TriggerOutcome
{
    Accepted,
    NotFound,

    /// <summary>The job's row cannot be read.</summary>
    Damaged,

    /// <summary>As many runs of the job as may wait do.</summary>
    Full,
}
