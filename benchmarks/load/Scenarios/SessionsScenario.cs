using System.Diagnostics;
using System.Text;
using System.Text.Json;
using Xopc.Load.Measuring;
using Xopc.Load.Processes;
using Xopc.Load.Report;
using Xopc.Load.Wire;

namespace Xopc.Load.Scenarios;

/// <summary>Ten thousand sessions: how fast they are made by 16 clients, and how long the first page of their list takes.</summary>
internal static class SessionsScenario
{
    private const int Clients = 16;
    private const int PageSize = 50;
    private const double LimitRate = 1000;
    private const double LimitList = 2;

    public static async Task RunAsync(Bench bench, CancellationToken cancellationToken)
    {
        var (rates, lists, commits, floors) = (new List<double>(), new List<double>(), new List<double>(), new List<double>());
        for (var run = 0; run < bench.Options.Runs; run++)
        {
            commits.Add(BareCommitsPerSecond(bench));
            await using var gateway = await bench.Launch.StartAsync(cancellationToken);
            rates.Add(await CreateAsync(gateway.Port, bench.Sizes.Sessions, cancellationToken));
            var (list, floor) = await ListAsync(bench, gateway.Port, cancellationToken);
            lists.Add(list);
            floors.Add(floor);
        }

        bench.Report.Add(new Figure(
            "sessions.create", $"sessions created per second, {Clients} clients, {bench.Sizes.Sessions:#,0} of them", "/s", rates,
            $"bare durable commits one by one: {Figure.Format(Runs.Median(commits))} /s", LimitRate, MoreIsBetter: true));
        bench.Report.Add(new Figure(
            "sessions.list.p50", $"first page of {bench.Sizes.Sessions:#,0} sessions, p50", "ms", lists, $"/health: {Figure.Format(Runs.Median(floors))} ms", LimitList));
    }

    /// <summary><c>{"session":{"key":"…"}}</c></summary>
    internal static string KeyOf(ReadOnlyMemory<byte> body)
    {
        using var json = JsonDocument.Parse(body);
        return json.RootElement.GetProperty("session").GetProperty("key").GetString() ?? throw new InvalidDataException("A session without a key.");
    }

    /// <summary>Null when the page has as many items as it must and knows of all sessions.</summary>
    internal static string? PageFault(ReadOnlyMemory<byte> body, int sessions)
    {
        using var json = JsonDocument.Parse(body);
        var (items, total) = (json.RootElement.GetProperty("items").GetArrayLength(), json.RootElement.GetProperty("total").GetInt32());
        var expected = Math.Min(PageSize, sessions);
        return items == expected && total == sessions ? null : $"the list shows {items} of {total} instead of {expected} of {sessions}";
    }

    private static double BareCommitsPerSecond(Bench bench)
    {
        using var commits = new DurableCommits(bench.Directory);
        var count = Math.Max(20, bench.Sizes.ListReads);
        var start = Stopwatch.GetTimestamp();
        commits.Pairs(count, new Samples());
        return count * 2 / Stopwatch.GetElapsedTime(start).TotalSeconds;
    }

    private static async Task<double> CreateAsync(int port, int count, CancellationToken cancellationToken)
    {
        var connections = await Task.WhenAll(Enumerable.Range(0, Clients).Select(_ => WireConnection.OpenAsync(port, cancellationToken)));
        var next = 0;
        var start = Stopwatch.GetTimestamp();
        await Task.WhenAll(connections.Select(async connection =>
        {
            var request = new WireRequest(GatewayLaunch.Token);
            while (Interlocked.Increment(ref next) is var number && number <= count)
            {
                var (status, _) = await connection.AskAsync(
                    request.Post("/api/sessions", Encoding.ASCII.GetBytes($$"""{"chat_id":"s-{{number:d6}}"}""")), cancellationToken);
                if (status != 201)
                {
                    throw new InvalidDataException($"Creating session {number} answered {status}.");
                }
            }
        }));
        var seconds = Stopwatch.GetElapsedTime(start).TotalSeconds;
        Array.ForEach(connections, static connection => connection.Dispose());
        return count / seconds;
    }

    private static async Task<(double List, double Floor)> ListAsync(Bench bench, int port, CancellationToken cancellationToken)
    {
        using var connection = await WireConnection.OpenAsync(port, cancellationToken);
        var request = new WireRequest(GatewayLaunch.Token);
        var (list, health) = (request.Get($"/api/sessions?limit={PageSize}"), request.Get("/health"));
        var (pages, floor) = (new Samples(), new Samples());
        for (var i = 0; i < bench.Sizes.ListReads; i++)
        {
            await TimeAsync(connection, health, floor, cancellationToken);
            var body = await TimeAsync(connection, list, pages, cancellationToken);
            if (PageFault(body, bench.Sizes.Sessions) is { } fault)
            {
                throw new InvalidDataException(fault);
            }
        }

        return (pages.P50, floor.P50);
    }

    private static async Task<ReadOnlyMemory<byte>> TimeAsync(
        WireConnection connection, ReadOnlyMemory<byte> request, Samples samples, CancellationToken cancellationToken)
    {
        var start = Stopwatch.GetTimestamp();
        var (status, body) = await connection.AskAsync(request, cancellationToken);
        samples.AddSince(start);
        return status == 200 ? body : throw new InvalidDataException($"A read answered {status}.");
    }
}
