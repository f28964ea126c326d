namespace Xopc.Scheduler.Occurrences;

/// <summary>Where an occurrence is.</summary>
internal static class OccurrenceStates
{
    /// <summary>It is to run, and waits for its turn.</summary>
    public const string Waiting = "waiting";

    /// <summary>An attempt was handed over.</summary>
    public const string Running = "running";

    /// <summary>An attempt failed, and the next one waits for its time.</summary>
    public const string Retrying = "retrying";

    public const string Ended = "ended";
}
