using Xopc.Load.Checks;
using Xopc.Load.Measuring;
using Xopc.Load.Processes;
using Xopc.Load.Report;

namespace Xopc.Load.Scenarios;

/// <summary>Turns per second of 16 and 64 clients with sessions of their own, and what a turn costs in processor time.</summary>
internal static class ClientsScenario
{
    private const double LimitP99 = 80;
    private const double LimitCpu = 0.6;

    public static async Task RunAsync(Bench bench, CancellationToken cancellationToken)
    {
        var gateway = await bench.GatewayAsync(cancellationToken);
        var few = await MeasureAsync(bench, gateway, 16, cancellationToken);
        var many = await MeasureAsync(bench, gateway, 64, cancellationToken);

        Add(bench, few, 16, 2000);
        Add(bench, many, 64, 2500);
        bench.Report.Add(new Figure(
            "clients64.p99", "time of a turn, 64 clients, p99", "ms", [.. many.Select(static run => run.Through.Times.P99)],
            $"model alone {Median(many, static run => run.Direct.Times.P99)} ms; p50 {Median(many, static run => run.Through.Times.P50)} ms", LimitP99));
        bench.Report.Add(new Figure(
            "clients16.cpu", "CPU per turn, gateway, 16 clients", "ms", [.. few.Select(static run => run.GatewayCpu)],
            $"64 clients {Median(many, static run => run.GatewayCpu)} ms; of the harness, per turn: load generator {Median(few, static run => run.OwnCpu)} ms, "
            + $"fake model {Median(few, static run => run.ModelCpu)} ms",
            LimitCpu));
    }

    private static async Task<List<ClientsRun>> MeasureAsync(Bench bench, ChildProcess gateway, int count, CancellationToken cancellationToken)
    {
        var book = new AnswerBook();
        var runs = new List<ClientsRun>();
        var through = await bench.GatewayClientsAsync(count, stream: false, gateway.Port, cancellationToken);
        var direct = await bench.ModelClientsAsync(count, cancellationToken);
        for (var run = 0; run < bench.Options.Runs; run++)
        {
            var alone = await LoopAsync(bench, direct, $"direct{count}-{run}", book, bench.Sizes.DirectSeconds, cancellationToken);
            var before = Cpu(gateway, bench.Model);
            var loaded = await LoopAsync(bench, through, $"own{count}-{run}", book, bench.Sizes.LoadSeconds, cancellationToken);
            var after = Cpu(gateway, bench.Model);
            var turns = Math.Max(1, loaded.Times.Count);
            runs.Add(new ClientsRun(
                loaded, alone, (after.Gateway - before.Gateway) / turns, (after.Own - before.Own) / turns, (after.Model - before.Model) / turns));
        }

        Array.ForEach(through, static client => client.Dispose());
        Array.ForEach(direct, static client => client.Dispose());
        bench.Conclude($"{count} clients", book);
        return runs;
    }

    private static Task<LoopResult> LoopAsync(Bench bench, ITurnClient[] clients, string name, AnswerBook book, double seconds, CancellationToken cancellationToken) =>
        new ClosedLoop(clients, name, bench.Sizes.TokensPerAnswer, book).ForAsync(TimeSpan.FromSeconds(seconds), bench.Options.TurnsPerSession, cancellationToken);

    private static (double Gateway, double Own, double Model) Cpu(ChildProcess gateway, ChildProcess model) =>
        (ProcessFigures.CpuMilliseconds(gateway.Pid), ProcessFigures.CpuMilliseconds(Environment.ProcessId), ProcessFigures.CpuMilliseconds(model.Pid));

    private static void Add(Bench bench, List<ClientsRun> runs, int count, double limit) => bench.Report.Add(new Figure(
        $"clients{count}.rate", $"turns per second, {count} clients with own sessions", "/s", [.. runs.Select(static run => run.Through.PerSecond)],
        $"model alone {Median(runs, static run => run.Direct.PerSecond)} /s", limit, MoreIsBetter: true));

    private static string Median(List<ClientsRun> runs, Func<ClientsRun, double> value) => Figure.Format(Runs.Median([.. runs.Select(value)]));

    private sealed record ClientsRun(LoopResult Through, LoopResult Direct, double GatewayCpu, double OwnCpu, double ModelCpu);
}
