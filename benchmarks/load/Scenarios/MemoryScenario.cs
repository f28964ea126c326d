using Xopc.Load.Checks;
using Xopc.Load.Measuring;
using Xopc.Load.Processes;
using Xopc.Load.Report;

namespace Xopc.Load.Scenarios;

/// <summary>PSS idle, after all the load of the run, and whether it stays there when the load is repeated.</summary>
internal static class MemoryScenario
{
    private const double LimitIdle = 110;
    private const double LimitLoaded = 220;

    /// <summary>Growth per repetition that counts as flat: less than what the collector's own rhythm moves.</summary>
    private const double LimitSlope = 1;

    private const int Clients = 16;

    /// <summary>Measures a gateway that nobody has asked anything yet.</summary>
    public static async Task IdleAsync(Bench bench, ChildProcess gateway, CancellationToken cancellationToken)
    {
        await SettleAsync(bench, 1, cancellationToken);
        var (pss, rss) = ProcessFigures.Memory(gateway.Pid);
        bench.Report.Add(new Figure("memory.idle", "memory idle (PSS)", "MiB", [pss], Beside(gateway, rss), LimitIdle));
    }

    public static async Task RunAsync(Bench bench, CancellationToken cancellationToken)
    {
        var gateway = await bench.GatewayAsync(cancellationToken);
        var clients = await bench.GatewayClientsAsync(Clients, stream: false, gateway.Port, cancellationToken);
        var book = new AnswerBook();
        var series = new List<double>();
        for (var i = 0; i < bench.Sizes.FlatRepetitions; i++)
        {
            await new ClosedLoop(clients, $"flat-{i}", bench.Sizes.TokensPerAnswer, book).ForAsync(
                TimeSpan.FromSeconds(bench.Sizes.FlatSeconds), bench.Options.TurnsPerSession, cancellationToken);
            await SettleAsync(bench, 0.3, cancellationToken);
            series.Add(ProcessFigures.Memory(gateway.Pid).Pss);
        }

        Array.ForEach(clients, static client => client.Dispose());
        bench.Conclude("memory", book);
        await SettleAsync(bench, 1, cancellationToken);
        var (pss, rss) = ProcessFigures.Memory(gateway.Pid);
        bench.Report.Add(new Figure("memory.loaded", "memory after the load (PSS)", "MiB", [pss], Beside(gateway, rss), LimitLoaded));
        bench.Report.Add(new Figure(
            "memory.slope", $"memory per repetition of {Clients} clients × {bench.Sizes.FlatSeconds} s (slope of {series.Count})", "MiB", [Runs.Slope(series)],
            "PSS " + string.Join(" ", series.Select(static value => $"{value:0}")) + $" MiB; {book.Total} turns", LimitSlope));
    }

    private static string Beside(ChildProcess gateway, double rss) =>
        $"RSS {Figure.Format(rss)} MiB; other processes on the same runtime files: {ProcessFigures.RuntimeSharers(gateway.Pid)}";

    private static Task SettleAsync(Bench bench, double factor, CancellationToken cancellationToken) =>
        Task.Delay(TimeSpan.FromSeconds(bench.Sizes.SettleSeconds * factor), TimeProvider.System, cancellationToken);
}
