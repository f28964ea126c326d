using Xopc.Load.Checks;
using Xopc.Load.Measuring;
using Xopc.Load.Report;

namespace Xopc.Load.Scenarios;

/// <summary>What the gateway adds to a turn of one client, JSON mode. Turns through it, turns at the model and pairs of bare commits alternate, so that all three see the same machine.</summary>
internal static class TurnScenario
{
    private const int Batch = 50;
    private const double LimitP50 = 1;
    private const double LimitOverCommits = 2;

    public static async Task RunAsync(Bench bench, CancellationToken cancellationToken)
    {
        var gateway = await bench.GatewayAsync(cancellationToken);
        using var through = await GatewayClient.OpenAsync(gateway.Port, stream: false, cancellationToken);
        using var direct = await ModelClient.OpenAsync(bench.Model.Port, cancellationToken);
        using var commits = new DurableCommits(bench.Directory);
        commits.Pairs(Batch, new Samples());

        var book = new AnswerBook();
        var runs = new List<(Samples Through, Samples Direct, Samples Commits)>();
        for (var run = 0; run < bench.Options.Runs; run++)
        {
            var (throughParts, directParts, pairs) = (new List<Samples>(), new List<Samples>(), new Samples());
            for (var i = 0; i < bench.Sizes.TurnsAlone; i += Batch)
            {
                directParts.Add(await TurnsAsync(bench, direct, $"alone-direct-{run}-{i}", book, cancellationToken));
                throughParts.Add(await TurnsAsync(bench, through, $"alone-{run}-{i}", book, cancellationToken));
                commits.Pairs(Batch, pairs);
            }

            runs.Add((Samples.Merge(throughParts), Samples.Merge(directParts), pairs));
        }

        bench.Conclude("turn", book);
        Add(bench, runs);
    }

    private static async Task<Samples> TurnsAsync(Bench bench, ITurnClient client, string name, AnswerBook book, CancellationToken cancellationToken) =>
        (await new ClosedLoop([client], name, bench.Sizes.TokensPerAnswer, book).TurnsAsync(Batch, bench.Options.TurnsPerSession, cancellationToken)).Times;

    private static void Add(Bench bench, List<(Samples Through, Samples Direct, Samples Commits)> runs)
    {
        bench.Report.Add(new Figure(
            "turn.added.p50", "added time per turn, 1 client, p50", "ms", [.. runs.Select(static run => run.Through.P50 - run.Direct.P50)],
            $"through {Median(runs, static run => run.Through.P50)}, model alone {Median(runs, static run => run.Direct.P50)}, two bare commits {Median(runs, static run => run.Commits.P50)} ms",
            LimitP50));
        bench.Report.Add(new Figure(
            "turn.added.p99", "added time per turn, 1 client, p99", "ms", [.. runs.Select(static run => run.Through.P99 - run.Direct.P99)],
            $"through {Median(runs, static run => run.Through.P99)}, model alone {Median(runs, static run => run.Direct.P99)}, two bare commits {Median(runs, static run => run.Commits.P99)} ms",
            Runs.Median([.. runs.Select(static run => run.Commits.P99)]) + LimitOverCommits));
    }

    private static string Median<T>(List<T> runs, Func<T, double> value) => Figure.Format(Runs.Median([.. runs.Select(value)]));
}
