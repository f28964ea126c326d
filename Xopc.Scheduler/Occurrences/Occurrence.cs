namespace Xopc.Scheduler.Occurrences;

/// <summary>A row of the ledger: what became of one due instant of a job, or of a run that somebody asked for.</summary>
/// <param name="Id"><c>cron:{job}:{due instant in Unix seconds}</c> or <c>cron:{job}:manual:{uuid}</c>.</param>
/// <param name="LastDueMs">The last of its <paramref name="Moments"/> instants.</param>
/// <param name="Moments">1; more where one row stands for a run of missed instants.</param>
/// <param name="State">One of <see cref="OccurrenceStates"/>.</param>
/// <param name="Outcome">One of <see cref="OccurrenceOutcomes"/>; null until it has ended.</param>
/// <param name="Attempt">How often it was handed over.</param>
/// <param name="RetryMs">When the next attempt may begin.</param>
/// <param name="ClaimedMs">When the last attempt was handed over.</param>
/// <param name="StartedMs">When the last attempt began to be worked on.</param>
/// <param name="Summary">The first 200 characters of what came out.</param>
/// <param name="Cost">In US dollars; null where it is unknown.</param>
/// <param name="DeliveryState"><c>queued</c>, <c>sent</c>, <c>unknown</c>, <c>failed</c>, <c>expired</c>, <c>suppressed</c>; null: nothing is delivered.</param>
internal sealed record Occurrence(
    long Seq, string Id, string JobId, long DueMs, long LastDueMs, long Moments, bool Manual, string State, string? Outcome, string? Reason, int Attempt, long? RetryMs,
    long? ClaimedMs, long? StartedMs, long? EndedMs, string? TurnId, string? SessionKey, string? Model, string? Summary, long? Tokens, double? Cost, string? DeliveryId,
    string? DeliveryState, string? DeliveryReason, string PrincipalId)
{
    /// <summary>The name of a due instant's row.</summary>
    public static string IdOf(string jobId, long dueMs) => $"cron:{jobId}:{dueMs / 1_000}";
}
