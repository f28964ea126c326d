namespace Xopc.Scheduler.Jobs;

/// <summary>How the choices of a job are spelled in JSON.</summary>
internal static class JobWords
{
    public static readonly IReadOnlyDictionary<string, ScheduleKind> Schedules = Of<ScheduleKind>(("cron", ScheduleKind.Cron), ("every", ScheduleKind.Every), ("at", ScheduleKind.At));

    public static readonly IReadOnlyDictionary<string, PayloadKind> Payloads = Of<PayloadKind>(("systemEvent", PayloadKind.SystemEvent), ("agentTurn", PayloadKind.AgentTurn));

    public static readonly IReadOnlyDictionary<string, SessionTarget> Targets = Of<SessionTarget>(("main", SessionTarget.Main), ("isolated", SessionTarget.Isolated));

    public static readonly IReadOnlyDictionary<string, DeliveryMode> Modes =
        Of<DeliveryMode>(("none", DeliveryMode.None), ("announce", DeliveryMode.Announce), ("direct", DeliveryMode.Direct));

    public static readonly IReadOnlyDictionary<string, MissedPolicy> Missed = Of<MissedPolicy>(("skip", MissedPolicy.Skip), ("latest", MissedPolicy.Latest), ("all", MissedPolicy.All));

    public static readonly IReadOnlyDictionary<string, OverlapPolicy> Overlaps =
        Of<OverlapPolicy>(("skip", OverlapPolicy.Skip), ("queue", OverlapPolicy.Queue), ("cancel-previous", OverlapPolicy.CancelPrevious));

    public static string For<T>(this IReadOnlyDictionary<string, T> words, T value) where T : struct, Enum =>
        words.First(word => EqualityComparer<T>.Default.Equals(word.Value, value)).Key;

    private static Dictionary<string, T> Of<T>(params ReadOnlySpan<(string Word, T Value)> words)
    {
        var all = new Dictionary<string, T>(StringComparer.Ordinal);
        foreach (var (word, value) in words)
        {
            all.Add(word, value);
        }

        return all;
    }
}
