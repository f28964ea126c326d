using System.Globalization;
using Xopc.EdgeLoad.Driving;
using Xopc.Load.Measuring;
using Xopc.Load.Report;

namespace Xopc.EdgeLoad.Scenarios;

/// <summary>32 clients: requests per second, processor time and bytes allocated per request, each target in turn, several rounds.</summary>
internal static class ThroughputScenario
{
    private const int Clients = 32;

    public static async Task WarmUpAsync(Bench bench, CancellationToken cancellationToken)
    {
        foreach (var target in bench.All)
        {
            await ClosedLoop.LoadAsync(target, Clients, bench.Options.WarmUp, cancellationToken);
        }
    }

    public static async Task RunAsync(Bench bench, CancellationToken cancellationToken)
    {
        var measured = bench.All.ToDictionary(target => target, _ => new List<(LoadOutcome Load, double Bytes)>());
        for (var round = 0; round < bench.Options.LoadRounds; round++)
        {
            foreach (var target in bench.All)
            {
                var before = await target.AllocatedAsync(cancellationToken);
                var load = await ClosedLoop.LoadAsync(target, Clients, bench.Options.LoadTime, cancellationToken);
                measured[target].Add((load, (await target.AllocatedAsync(cancellationToken) - before) / (double)load.Times.Count));
            }
        }

        foreach (var (target, runs) in measured)
        {
            bench.Report.Add(new Figure(
                $"load.{target.Name}", $"{target.Name}, {Clients} clients", "/s", [.. runs.Select(static run => run.Load.PerSecond)], Beside(target, runs)));
        }

        Ratio(bench, "share", "edge through YARP, share of plain YARP's requests", measured[bench.ProxyingEdge], measured[bench.PlainProxy], 70);
        if (bench.SharedEdge is { } shared)
        {
            Ratio(bench, "share.redis", "the same with limits in Redis", measured[shared], measured[bench.PlainProxy], 70);
        }
    }

    private static void Ratio(Bench bench, string id, string name, List<(LoadOutcome Load, double)> of, List<(LoadOutcome Load, double)> to, double limit) => bench.Report.Add(new Figure(
        id, name, "%", [.. of.Zip(to, static (a, b) => a.Load.PerSecond / b.Load.PerSecond * 100)],
        Text($"CPU per request of proxy and service {Runs.Median([.. of.Select(static run => run.Load.CpuAll)]):0} against {Runs.Median([.. to.Select(static run => run.Load.CpuAll)]):0} µs"), limit, MoreIsBetter: true));

    private static string Beside(Target target, List<(LoadOutcome Load, double Bytes)> runs)
    {
        var host = Runs.Median([.. runs.Select(static run => run.Load.CpuHost)]);
        var behind = target.Behind is null ? "" : Text($", of the service behind it {Runs.Median([.. runs.Select(static run => run.Load.CpuAll - run.Load.CpuHost)]):0} µs");
        return Text($"CPU per request {host:0.0} µs{behind}; {Runs.Median([.. runs.Select(static run => run.Bytes)]):#,0} bytes allocated; p99 {Runs.Median([.. runs.Select(static run => run.Load.Times.P99)]):0.0} ms");
    }

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
