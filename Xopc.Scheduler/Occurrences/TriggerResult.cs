namespace Xopc.Scheduler.Occurrences;

/// <summary>What became of a wish to run a job now.</summary>
/// <param name="Occurrence">The row, where it was accepted.</param>
internal sealed record TriggerResult(TriggerOutcome Outcome, Occurrence? Occurrence = null);
