using Xopc.ChannelLoad.Driving;
using Xopc.ChannelLoad.Hosts;
using Xopc.Load.Measuring;
using Xopc.Load.Model;
using Xopc.Load.Report;
using Xopc.Testing.Telegram;

namespace Xopc.ChannelLoad.Scenarios;

/// <summary>
/// One account with steady conversations, and beside it nothing, or an account in trouble: how long from a person's message to the bot's answer. Each case has a
/// gateway and a Bot API server of its own.
/// </summary>
internal static class IsolationScenario
{
    private const int People = 16;
    private const int FloodPeople = 100;
    private const string TroubledToken = "2002:troubled";

    // Everybody once in 1.2 s, within Telegram's one a second, and 13 a second together: far from what a bot may send.
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(75);

    private static readonly Case[] Cases =
    [
        new("alone", "nothing", Trouble: null),
        new("invalid", "an account with an invalid token", static (_, _) => Nothing), // the server knows no such bot
        new("cut", "an account whose every call is cut", static (_, server) =>
        {
            server.AddBot(TroubledToken, "troubled").When("*").ResetsBeforeAccepting();
            return Nothing;
        }),
        new("spinning", "an account whose every poll is answered at once with nothing", static (_, server) =>
        {
            server.AddBot(TroubledToken, "troubled").When("getUpdates").BareStatus(200, """{"ok":true,"result":[]}""");
            return Nothing;
        }),
        new("flooded", "a flooded account", Flood),
    ];

    public static async Task RunAsync(Bench bench, CancellationToken cancellationToken)
    {
        var cases = Cases.Where(one => one.Trouble is null || bench.Options.WantsBeside(one.Id)).ToArray();
        var results = cases.ToDictionary(static one => one, static _ => new List<(Samples Times, double Cpu, string Note)>());
        for (var round = 0; round < bench.Options.Rounds; round++)
        {
            foreach (var one in cases)
            {
                results[one].Add(await MeasureAsync(bench, one, cancellationToken));
            }
        }

        var alone = Runs.Median([.. results[cases[0]].Select(static run => run.Times.P99)]);
        foreach (var one in cases)
        {
            var runs = results[one];
            bench.Report.Add(new Figure(
                $"isolation.{one.Id}.p99", $"message to answer beside {one.Beside}, p99", "ms", [.. runs.Select(static run => run.Times.P99)],
                $"p50 {Figure.Format(Runs.Median([.. runs.Select(static run => run.Times.P50)]))} ms, {runs.Sum(static run => run.Times.Count)} answers; "
                + $"gateway {Figure.Format(Runs.Median([.. runs.Select(static run => run.Cpu)]))} % of a core{runs[^1].Note}",
                one.Trouble is null ? null : Math.Min(2 * alone, alone + 50)));
        }
    }

    private static async Task<(Samples Times, double Cpu, string Note)> MeasureAsync(Bench bench, Case one, CancellationToken cancellationToken)
    {
        await using var server = await TelegramServer.StartAsync();
        server.Limits = RateLimits.Documented;
        var steady = server.AddBot("1001:steady", "steady");
        var tokens = new Dictionary<string, string> { ["steady"] = steady.Token };
        var begin = Nothing;
        if (one.Trouble is not null)
        {
            tokens["troubled"] = TroubledToken;
            begin = one.Trouble(bench, server);
        }

        await using var gateway = await bench.Launch.StartAsync(server, tokens, debounceMs: 0, cancellationToken);
        var conversations = new Conversations(server, steady, People);
        await conversations.WriteAsync(bench.Options.WarmUp, Pause, cancellationToken);
        var warmUp = conversations.Written;
        begin();
        var before = gateway.CpuMilliseconds;
        await conversations.WriteAsync(bench.Options.Window, Pause, cancellationToken);
        var cpu = (gateway.CpuMilliseconds - before) / bench.Options.Window.TotalMilliseconds * 100;
        var (failures, times) = await conversations.JudgeAsync(warmUp, cancellationToken);
        failures.ForEach(failure => bench.Report.Fail($"isolation, beside {one.Beside}: {failure}"));
        return (times, cpu, Note(gateway));
    }

    private static string Note(Gateway gateway)
    {
        var turns = gateway.Query("channels", "SELECT COUNT(*) FROM intake WHERE account_id = 'troubled' AND state = 'turn'", static row => row.GetInt64(0))[0];
        return turns == 0 ? "" : $"; {turns:#,0} messages of the other account became turns meanwhile";
    }

    /// <summary>What was written while nobody polled comes at once.</summary>
    private static Action Flood(Bench bench, TelegramServer server)
    {
        var bot = server.AddBot(TroubledToken, "troubled");
        var muted = bot.When("getUpdates").Mute();
        var people = Enumerable.Range(0, FloodPeople).Select(number => server.AddPerson($"flood-{number}")).ToArray();
        for (var i = 0; i < bench.Options.FloodUpdates; i++)
        {
            people[i % FloodPeople].Writes(bot, EchoText.Message($"f{i}", EchoText.MinTokens));
        }

        return muted.Lift;
    }

    private static void Nothing()
    {
    }

    /// <param name="Trouble">Makes the other account's bot before the gateway starts; what it returns begins the trouble. Null: there is no other account.</param>
    private sealed record Case(string Id, string Beside, Func<Bench, TelegramServer, Action>? Trouble);
}
