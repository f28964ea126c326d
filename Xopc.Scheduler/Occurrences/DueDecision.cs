namespace Xopc.Scheduler.Occurrences;

/// <summary>What a policy says of a due instant.</summary>
/// <param name="Outcome">Null: it is let run; otherwise how it ends at once.</param>
/// <param name="IsLate">It was due while nothing ran.</param>
internal sealed record DueDecision(long DueMs, long LastDueMs, long Moments, string? Outcome, string? Reason, bool IsLate);
