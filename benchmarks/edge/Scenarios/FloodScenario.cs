using System.Globalization;
using System.Text;
using Xopc.EdgeLoad.Driving;
using Xopc.Load.Measuring;
using Xopc.Load.Processes;
using Xopc.Load.Report;
using Xopc.Load.Wire;

namespace Xopc.EdgeLoad.Scenarios;

/// <summary>
/// What somebody with a good credential notices while another one floods the edge: 16 connections that guess credentials as fast as they are answered,
/// and 500 that never finish their headers.
/// </summary>
internal static class FloodScenario
{
    private const int SlowConnections = 500;
    private static readonly TimeSpan Pace = TimeSpan.FromMilliseconds(5);

    public static async Task RunAsync(Bench bench, CancellationToken cancellationToken)
    {
        await using var edge = await bench.Installation.EdgeAsync(behindProxy: true, cancellationToken);
        var target = new Target("edge", edge);
        using var connection = await target.OpenAsync(cancellationToken);
        await NeighbourAsync(connection, target, bench.Options.LoadTime, cancellationToken);
        await UnderAsync(bench, target, connection, fresh: false, "from one address, blocked after five", cancellationToken);
        await UnderAsync(bench, target, connection, fresh: true, "each from another address", cancellationToken);
    }

    private static async Task UnderAsync(Bench bench, Target target, WireConnection neighbour, bool fresh, string kind, CancellationToken cancellationToken)
    {
        var before = await NeighbourAsync(neighbour, target, bench.Options.LoadTime, cancellationToken);
        var (_, memoryBefore) = ProcessFigures.Memory(target.Host.Pid);
        var port = ChildProcess.FreePort();
        await using var flood = await ChildProcess.StartAsync(
            [.. bench.Self, "flood", $"{port}", $"{target.Host.Port}", fresh ? "fresh" : "same", $"{SlowConnections}"], port, "/counts", ChildProcess.CleanEnvironment(), cancellationToken);
        await NeighbourAsync(neighbour, target, bench.Options.LoadTime, cancellationToken); // until all of them have come
        var (sent, cpu) = (await CountAsync(flood, cancellationToken), target.CpuMilliseconds().Host);
        var during = await NeighbourAsync(neighbour, target, bench.Options.LoadTime * 2, cancellationToken);
        var guesses = await CountAsync(flood, cancellationToken) - sent;
        var spent = target.CpuMilliseconds().Host - cpu;
        var (_, memory) = ProcessFigures.Memory(target.Host.Pid);
        var id = fresh ? "flood.fresh" : "flood.same";
        bench.Report.Add(new Figure(
            $"{id}.neighbour", $"neighbour's p99 during a flood of wrong credentials {kind}, and {SlowConnections} slow connections", "ms", [during.P99],
            string.Create(CultureInfo.InvariantCulture, $"before {before.P99:0.00}, p50 {before.P50:0.00} → {during.P50:0.00} ms; RSS {memoryBefore:0} → {memory:0} MiB")));
        bench.Report.Add(new Figure(
            $"{id}.cpu", $"CPU per wrong credential {kind}", "µs", [spent * 1000 / guesses],
            string.Create(CultureInfo.InvariantCulture, $"{guesses / (bench.Options.LoadTime * 2).TotalSeconds:#,0} of them per second")));
    }

    // Paced: the neighbour is somebody who uses the gateway, not a second flood.
    private static async Task<Samples> NeighbourAsync(WireConnection connection, Target target, TimeSpan time, CancellationToken cancellationToken)
    {
        var samples = new Samples();
        using var pace = new PeriodicTimer(Pace, TimeProvider.System);
        for (var left = (int)(time / Pace); left > 0 && await pace.WaitForNextTickAsync(cancellationToken); left--)
        {
            var start = System.Diagnostics.Stopwatch.GetTimestamp();
            var (status, _) = await connection.AskAsync(target.Request, cancellationToken);
            samples.AddSince(start);
            if (status != 200)
            {
                throw new InvalidDataException($"The neighbour was answered {status}.");
            }
        }

        return samples;
    }

    private static async Task<long> CountAsync(ChildProcess flood, CancellationToken cancellationToken)
    {
        using var connection = await WireConnection.OpenAsync(flood.Port, cancellationToken);
        return long.Parse(Encoding.ASCII.GetString((await connection.AskAsync(new WireRequest(null).Get("/counts"), cancellationToken)).Body.Span), CultureInfo.InvariantCulture);
    }
}
