using System.Diagnostics;
using Xopc.ChannelLoad.Driving;
using Xopc.Load.Report;
using Xopc.Testing.Telegram;

namespace Xopc.ChannelLoad.Scenarios;

/// <summary>Deliveries wait for a thousand chats and go out as fast as Telegram allows: how fast, and what it costs.</summary>
internal static class DrainScenario
{
    private const int Clients = 4;
    private const int Chats = 1_000;
    private const double LimitCpu = 5;

    // What the channel allows itself: two a second less than Telegram.
    private const double LimitRate = 27;

    // The runtime compiles hot methods again after 30 calls and some time; of 10,000 deliveries that is nothing, of a sample it would be a part.
    private const int WarmUp = 400;

    private static readonly TimeSpan Idle = TimeSpan.FromSeconds(5);

    public static async Task RunAsync(Bench bench, CancellationToken cancellationToken)
    {
        var count = bench.Options.Drain;
        await using var server = await TelegramServer.StartAsync();
        server.Limits = RateLimits.Documented;
        var bot = server.AddBot("5005:drain", "drain");
        var people = Enumerable.Range(0, Chats).Select(number => server.AddPerson($"p{number}")).ToArray();
        var chats = people.Select(person => person.ChatWith(bot)).ToArray();
        await using var gateway = await bench.Launch.StartAsync(server, new Dictionary<string, string> { ["drain"] = bot.Token }, debounceMs: 0, cancellationToken);
        await Task.Delay(Idle, TimeProvider.System, cancellationToken); // the start is over
        var idle = gateway.CpuMilliseconds;
        await Task.Delay(Idle, TimeProvider.System, cancellationToken);
        idle = (gateway.CpuMilliseconds - idle) / Idle.TotalMilliseconds * 100;
        var clients = new MessageClients(gateway.Port, "drain", [.. chats.Select(static chat => chat.Id)]);
        await clients.SendAsync(Clients, TimeSpan.FromMinutes(2), count, cancellationToken);

        // From here on nothing but sending.
        await SentAsync(bot, Math.Min(WarmUp, count / 3), cancellationToken);
        var (began, cpu, sent) = (Stopwatch.GetTimestamp(), gateway.CpuMilliseconds, bot.CallCount("sendMessage"));
        await SentAsync(bot, count, cancellationToken);

        var took = Stopwatch.GetElapsedTime(began);
        var (used, handed) = (gateway.CpuMilliseconds - cpu, bot.CallCount("sendMessage") - sent);
        await Task.Delay(TimeSpan.FromSeconds(1), TimeProvider.System, cancellationToken);
        Check(bench, chats, count);
        bench.Report.Add(new Figure(
            "drain.cpu", $"CPU while {count:#,0} deliveries drain to {Chats:#,0} chats", "% of a core", [used / took.TotalMilliseconds * 100],
            $"idle {Figure.Format(idle)} %; {Figure.Format(used / handed)} ms per delivery, {took.TotalSeconds:0} s after the first {Math.Min(WarmUp, count / 3)}", LimitCpu));
        bench.Report.Add(new Figure(
            "drain.rate", "deliveries a second meanwhile", "/s", [handed / took.TotalSeconds], $"the channel allows itself 28, Telegram 30; {bot.AnswerCount(429)} answers with 429", LimitRate, MoreIsBetter: true));
    }

    private static async Task SentAsync(FakeBot bot, int count, CancellationToken cancellationToken)
    {
        var (began, limit) = (Stopwatch.GetTimestamp(), TimeSpan.FromSeconds(30 + (count / 14.0)));
        while (bot.CallCount("sendMessage") < count && Stopwatch.GetElapsedTime(began) < limit)
        {
            await Task.Delay(TimeSpan.FromMilliseconds(100), TimeProvider.System, cancellationToken);
        }
    }

    private static void Check(Bench bench, FakeChat[] chats, int count)
    {
        var wrong = 0;
        for (var chat = 0; chat < chats.Length; chat++)
        {
            var right = Enumerable.Range(0, count).Where(number => number % chats.Length == chat).Select(MessageClients.Text);
            wrong += chats[chat].FromBots.Select(static message => message.Text).SequenceEqual(right) ? 0 : 1;
        }

        if (wrong > 0)
        {
            bench.Report.Fail($"drain: in {wrong} chats messages are missing, twice, wrong or out of order");
        }
    }
}
