namespace Xopc.Scheduler.Occurrences;

/// <summary>Data of the events <c>cron.started</c>, <c>cron.finished</c> and <c>cron.marked</c>.</summary>
/// <param name="Attempt">Of <c>cron.marked</c>: the failures in a row.</param>
internal sealed record OccurrenceEvent(string JobId, string? OccurrenceId, int Attempt, string? Outcome, string? Reason, string? Summary);
