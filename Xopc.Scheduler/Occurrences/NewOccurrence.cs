namespace Xopc.Scheduler.Occurrences;

/// <summary>A row to be.</summary>
internal sealed record NewOccurrence(string Id, string JobId, long JobVersion, long DueMs, long LastDueMs, long Moments, bool Manual, string PrincipalId);
