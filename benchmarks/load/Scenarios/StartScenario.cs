using Xopc.Load.Report;

namespace Xopc.Load.Scenarios;

/// <summary>From the start of the process to the first 200 of <c>/health</c>, each time with an empty state directory.</summary>
internal static class StartScenario
{
    private const double Limit = 600;

    public static async Task RunAsync(Bench bench, CancellationToken cancellationToken)
    {
        var (gateway, empty) = (new List<double>(), new List<double>());
        for (var i = 0; i < bench.Sizes.Starts; i++)
        {
            await using (var started = await bench.Launch.StartAsync(cancellationToken))
            {
                gateway.Add(started.Ready.TotalMilliseconds);
            }

            await using (var started = await bench.StartBaselineAsync(cancellationToken))
            {
                empty.Add(started.Ready.TotalMilliseconds);
            }
        }

        bench.Report.Add(new Figure(
            "start.ready", "start to ready", "ms", gateway, $"an empty ASP.NET process: {Figure.Format(Measuring.Runs.Median(empty))} ms", Limit));
    }
}
