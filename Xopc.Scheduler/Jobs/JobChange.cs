namespace Xopc.Scheduler.Jobs;

/// <summary>What became of a change.</summary>
/// <param name="Stored">The row as it is now; null where there is none.</param>
internal sealed record JobChange(JobChangeOutcome Outcome, StoredJob? Stored = null);
