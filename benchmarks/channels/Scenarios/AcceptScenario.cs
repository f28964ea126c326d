using System.Diagnostics;
using Xopc.ChannelLoad.Driving;
using Xopc.Load.Measuring;
using Xopc.Load.Report;
using Xopc.Testing.Telegram;

namespace Xopc.ChannelLoad.Scenarios;

/// <summary>How many messages a second <c>POST /api/message</c> takes, each on the disk before it is answered, while the account sends what it may.</summary>
internal static class AcceptScenario
{
    private const int Clients = 16;
    private const int Chats = 1_000;
    private const int WarmUp = 4_000;
    private const int BareCommits = 500;
    private const double Limit = 3_000;

    public static async Task RunAsync(Bench bench, CancellationToken cancellationToken)
    {
        await using var server = await TelegramServer.StartAsync();
        server.Limits = RateLimits.Documented;
        var bot = server.AddBot("4004:accept", "accept");
        var chats = Enumerable.Range(0, Chats).Select(number => server.AddPerson($"p{number}").ChatWith(bot).Id).ToArray();
        await using var gateway = await bench.Launch.StartAsync(server, new Dictionary<string, string> { ["accept"] = bot.Token }, debounceMs: 0, cancellationToken);
        using var commits = new DurableCommits(bench.Directory);
        var clients = new MessageClients(gateway.Port, "accept", chats);
        await clients.SendAsync(Clients, TimeSpan.FromMinutes(1), WarmUp, cancellationToken);
        var (rates, cpu, bare, p99) = (new List<double>(), new List<double>(), new List<double>(), new List<double>());
        for (var run = 0; run < bench.Options.AcceptRuns; run++)
        {
            var began = Stopwatch.GetTimestamp();
            commits.InSequence(1, BareCommits, new Samples());
            bare.Add(BareCommits / Stopwatch.GetElapsedTime(began).TotalSeconds);
            var before = (Cpu: gateway.CpuMilliseconds, clients.Accepted.Count);
            var (rate, times) = await clients.SendAsync(Clients, bench.Options.AcceptTime, int.MaxValue / 2, cancellationToken);
            rates.Add(rate);
            p99.Add(times.P99);
            cpu.Add((gateway.CpuMilliseconds - before.Cpu) / (clients.Accepted.Count - before.Count));
        }

        Check(bench, gateway.Query("channels", "SELECT id, text FROM deliveries", static row => (row.GetString(0), row.GetString(1))), clients.Accepted);
        bench.Report.Add(new Figure(
            "accept.rate", $"POST /api/message, durable, {Clients} clients", "/s", rates,
            $"bare durable commits one by one {Figure.Format(Runs.Median(bare))} /s; p99 {Figure.Format(Runs.Median(p99))} ms; CPU of the gateway {Figure.Format(Runs.Median(cpu))} ms per message, "
            + $"with what it sent meanwhile; {clients.Accepted.Count:#,0} accepted, all in the ledger",
            Limit, MoreIsBetter: true));
    }

    private static void Check(Bench bench, List<(string Id, string Text)> ledger, Dictionary<string, int> accepted)
    {
        var wrong = ledger.Count(row => !accepted.TryGetValue(row.Id, out var number) || row.Text != MessageClients.Text(number));
        if (ledger.Count != accepted.Count || wrong > 0)
        {
            bench.Report.Fail($"accept: {accepted.Count} messages were answered, {ledger.Count} are in the ledger, {wrong} of them with other words or an unknown id");
        }
    }
}
