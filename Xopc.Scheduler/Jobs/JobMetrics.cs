namespace Xopc.Scheduler.Jobs;

/// <summary>All jobs in numbers.</summary>
/// <param name="Running">Occurrences at work now.</param>
/// <param name="Waiting">Occurrences that wait for their turn or their next attempt.</param>
/// <param name="FailedLastHour">Occurrences that ended as failed, timed-out or unknown.</param>
/// <param name="AverageMs">From start to end, over those that ran in the last day; 0 without any.</param>
/// <param name="NextId">The job that is due first; null: none is.</param>
internal sealed record JobMetrics(
    int Total, int Enabled, int Damaged, int Blocked, int Marked, int Running, int Waiting, int FailedLastHour, long AverageMs, string? NextId, string? NextName, long? NextMs);
