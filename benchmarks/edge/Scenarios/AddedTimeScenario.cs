using Xopc.EdgeLoad.Driving;
using Xopc.Load.Measuring;
using Xopc.Load.Report;

namespace Xopc.EdgeLoad.Scenarios;

/// <summary>One client: what the edge adds to the time of a request. All targets are asked in turn, a short batch each, many times over.</summary>
internal static class AddedTimeScenario
{
    public static async Task RunAsync(Bench bench, CancellationToken cancellationToken)
    {
        var times = bench.All.ToDictionary(target => target, _ => (P50: new List<double>(), P99: new List<double>()));
        for (var round = 0; round < bench.Options.Rounds; round++)
        {
            foreach (var target in bench.All)
            {
                using var connection = await target.OpenAsync(cancellationToken);
                await ClosedLoop.AskAsync(connection, target.Request, static i => i < 50, cancellationToken);
                var batch = await ClosedLoop.AskAsync(connection, target.Request, i => i < bench.Options.BatchSize, cancellationToken);
                times[target].P50.Add(batch.P50);
                times[target].P99.Add(batch.P99);
            }
        }

        void Add(string id, string name, Target target, Target beside, bool p99, double? limit)
        {
            var (with, without) = p99 ? (times[target].P99, times[beside].P99) : (times[target].P50, times[beside].P50);
            bench.Report.Add(new Figure(
                id, name, "ms", [.. with.Zip(without, static (a, b) => a - b)],
                $"{target.Name} {Milliseconds(with)}, {beside.Name} {Milliseconds(without)} ms", limit));
        }

        Add("one.p50", "added in one process, 1 client, p50", bench.Edge, bench.Bare, p99: false, 0.1);
        Add("one.page.p50", "the same asked by a page (Origin)", bench.EdgeFromPage, bench.Bare, p99: false, 0.1);
        Add("one.p99", "added in one process, 1 client, p99", bench.Edge, bench.Bare, p99: true, null);
        Add("yarp.p50", "added through YARP, 1 client, p50", bench.ProxyingEdge, bench.Direct, p99: false, 0.5);
        Add("yarp.p99", "added through YARP, 1 client, p99", bench.ProxyingEdge, bench.Direct, p99: true, 1);
        if (bench.SharedEdge is { } shared)
        {
            Add("redis.p50", "added through YARP with limits in Redis, p50", shared, bench.Direct, p99: false, 0.5);
            Add("redis.p99", "added through YARP with limits in Redis, p99", shared, bench.Direct, p99: true, 1);
        }

        Add("plain.p50", "added by plain YARP, for comparison, p50", bench.PlainProxy, bench.Direct, p99: false, null);
        Add("plain.p99", "added by plain YARP, for comparison, p99", bench.PlainProxy, bench.Direct, p99: true, null);
    }

    private static string Milliseconds(List<double> values) => Runs.Median(values).ToString("0.000", System.Globalization.CultureInfo.InvariantCulture);
}
