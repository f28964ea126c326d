namespace Xopc.Scheduler.Occurrences;

/// <summary>Everything of a job that is due, decided.</summary>
/// <param name="AccountedMs">Up to where.</param>
/// <param name="NextMs">The first instant after it.</param>
internal sealed record DuePlan(IReadOnlyList<DueDecision> Decisions, long AccountedMs, long? NextMs);
