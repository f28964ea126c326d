using System.Text;
using Xopc.Load.Measuring;
using Xopc.Load.Processes;
using Xopc.Load.Report;
using Xopc.Load.Wire;

namespace Xopc.Load.Scenarios;

/// <summary>A thousand idle event clients: what each costs in memory, and how long a broadcast takes to the slowest of them; beside an empty ASP.NET endpoint.</summary>
internal static class EventsScenario
{
    private const double LimitKibibytes = 14;
    private const double LimitP99 = 40;
    private const string Chat = "load-events";

    public static async Task RunAsync(Bench bench, CancellationToken cancellationToken)
    {
        var (gateway, empty) = (new List<EventsRun>(), new List<EventsRun>());
        for (var run = 0; run < bench.Options.Runs; run++)
        {
            await using (var baseline = await bench.StartBaselineAsync(cancellationToken))
            {
                empty.Add(await MeasureAsync(bench, baseline, cancellationToken));
            }

            await using var started = await bench.Launch.StartAsync(cancellationToken);
            gateway.Add(await MeasureAsync(bench, started, cancellationToken));
        }

        var clients = bench.Sizes.EventClients;
        bench.Report.Add(new Figure(
            "events.memory", $"memory per idle event client, {clients:#,0} of them (PSS)", "KiB", [.. gateway.Select(static run => run.KibibytesEach)],
            $"an empty ASP.NET endpoint: {Median(empty, static run => run.KibibytesEach)} KiB", LimitKibibytes));
        bench.Report.Add(new Figure(
            "events.broadcast.p99", $"broadcast to {clients:#,0} clients, p99", "ms", [.. gateway.Select(static run => run.Times.P99)],
            $"an empty ASP.NET endpoint: {Median(empty, static run => run.Times.P99)} ms; p50 {Median(gateway, static run => run.Times.P50)} ms", LimitP99));
    }

    /// <summary>One rename per broadcast, in a server that shows the paths of the gateway.</summary>
    internal static async Task<EventsRun> MeasureAsync(Bench bench, ChildProcess server, CancellationToken cancellationToken)
    {
        using var connection = await WireConnection.OpenAsync(server.Port, cancellationToken);
        var rename = await RenamerAsync(connection, cancellationToken);

        // Code and pools that the first clients bring into being are no cost of each client.
        await using (var first = await EventClients.OpenAsync(server.Port, Math.Min(100, bench.Sizes.EventClients), cancellationToken))
        {
            await first.BroadcastAsync(0, rename, cancellationToken);
        }

        await SettleAsync(bench, cancellationToken);
        var before = ProcessFigures.Memory(server.Pid).Pss;
        await using var clients = await EventClients.OpenAsync(server.Port, bench.Sizes.EventClients, cancellationToken);
        await SettleAsync(bench, cancellationToken);
        var after = ProcessFigures.Memory(server.Pid).Pss;

        await clients.BroadcastAsync(1, rename, cancellationToken);
        var parts = new List<Samples>();
        for (var i = 0; i < bench.Sizes.Broadcasts; i++)
        {
            parts.Add(await clients.BroadcastAsync(i + 2, rename, cancellationToken));
        }

        if (clients.Lost + clients.Doubled > 0)
        {
            bench.Report.Fail($"events: {clients.Lost} lost and {clients.Doubled} doubled of {clients.Count * (bench.Sizes.Broadcasts + 1)}");
        }

        return new EventsRun((after - before) * 1024 / clients.Count, Samples.Merge(parts));
    }

    /// <summary>Makes a session and returns what renames it.</summary>
    internal static async Task<Func<string, Task>> RenamerAsync(WireConnection connection, CancellationToken cancellationToken)
    {
        var request = new WireRequest(GatewayLaunch.Token);
        var (status, body) = await connection.AskAsync(request.Post("/api/sessions", Encoding.ASCII.GetBytes($$"""{"chat_id":"{{Chat}}"}""")), cancellationToken);
        var key = status is 200 or 201 ? SessionsScenario.KeyOf(body) : throw new InvalidDataException($"Creating a session answered {status}.");
        var path = $"/api/sessions/{Uri.EscapeDataString(key)}/rename";
        return async name =>
        {
            var answer = await connection.AskAsync(request.Post(path, Encoding.ASCII.GetBytes($$"""{"name":"{{name}}"}""")), cancellationToken);
            if (answer.Status != 200)
            {
                throw new InvalidDataException($"Renaming a session answered {answer.Status}.");
            }
        };
    }

    private static Task SettleAsync(Bench bench, CancellationToken cancellationToken) =>
        Task.Delay(TimeSpan.FromSeconds(bench.Sizes.SettleSeconds * 0.5), TimeProvider.System, cancellationToken);

    private static string Median(List<EventsRun> runs, Func<EventsRun, double> value) => Figure.Format(Runs.Median([.. runs.Select(value)]));

    internal sealed record EventsRun(double KibibytesEach, Samples Times);
}
