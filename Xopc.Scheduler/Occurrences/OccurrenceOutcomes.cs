namespace Xopc.Scheduler.Occurrences;

/// <summary>How an occurrence ended; null until then.</summary>
internal static class OccurrenceOutcomes
{
    public const string Ran = "ran";
    public const string Failed = "failed";
    public const string Skipped = "skipped";
    public const string Missed = "missed";
    public const string Cancelled = "cancelled";
    public const string TimedOut = "timed-out";

    /// <summary>It began, and nobody can say how far it came.</summary>
    public const string Unknown = "unknown";

    public static readonly IReadOnlyList<string> All = [Ran, Failed, Skipped, Missed, Cancelled, TimedOut, Unknown];
}
