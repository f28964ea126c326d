namespace Xopc.Scheduler.Occurrences;

/// <summary>How long an occurrence that failed waits for its next attempt.</summary>
internal static class RetryDelays
{
    private static readonly TimeSpan[] Table = [TimeSpan.FromSeconds(30), TimeSpan.FromMinutes(1), TimeSpan.FromMinutes(5), TimeSpan.FromMinutes(15), TimeSpan.FromMinutes(60)];

    /// <param name="attempt">The one that failed, from 1.</param>
    public static TimeSpan After(int attempt) => Table[Math.Clamp(attempt, 1, Table.Length) - 1];
}
