using System.Diagnostics;
using System.Diagnostics.Metrics;

namespace Xopc.Agents;

/// <summary>Spans and measures of this service. One count per outcome of a turn's run.</summary>
internal static class AgentsTelemetry
{
    public static readonly ActivitySource Source = new("Xopc.Agents");
    private static readonly Meter Meter = new("Xopc.Agents");
    private static readonly Histogram<double> Runs = Meter.CreateHistogram<double>("xopc.run.duration", "s", "Duration of runs, by outcome");
    private static readonly Counter<long> Submissions = Meter.CreateCounter<long>("xopc.turn.submitted", description: "Submitted turns, by outcome");
    private static readonly Counter<long> DroppedClients = Meter.CreateCounter<long>("xopc.events.dropped_clients", description: "Event clients dropped for being slow");

    public static void RunEnded(string state, TimeSpan duration) => Runs.Record(duration.TotalSeconds, new KeyValuePair<string, object?>("outcome", state));

    public static void Submitted(string outcome) => Submissions.Add(1, new KeyValuePair<string, object?>("outcome", outcome));

    public static void ClientDropped() => DroppedClients.Add(1);
}
