using System.Text.Json.Nodes;
using Xopc.Testing.Telegram;

namespace Xopc.EndToEnd.Tests;

/// <summary>Three channel workers over Redis and one database, people who never stop writing, and every worker restarted in turn: nobody notices.</summary>
public sealed class TelegramRollingTests
{
    private const string Token = "100001:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
    private const string Mark = "↻ This may be a repetition:\n";
    private const int Workers = 3;

    private static bool IsFull => Environment.GetEnvironmentVariable("XOPC_TEST_FULL") == "1";

    [Fact]
    public async Task A_rolling_restart_loses_nothing_says_nothing_twice_and_meets_one_conflict_at_most_at_each_handover()
    {
        var (people, rounds) = IsFull ? (10, 6) : (5, 1);
        await using var telegram = await TelegramServer.StartAsync();
        telegram.Limits = RateLimits.Documented;
        var bot = telegram.AddBot(Token, "one_bot");
        bot.HoldsGhostPolls();
        var persons = Enumerable.Range(0, people).Select(i => telegram.AddPerson($"P{i}")).ToList();
        await using var xopc = await Deployment.StartAsync(Shape.Bundle, beforeStart: deployment => ConfigureAsync(deployment, telegram), channelWorkers: Workers);
        await bot.WaitForPollAsync(PollState.Waiting, Wait.Cancelled);

        using var enough = CancellationTokenSource.CreateLinkedTokenSource(Wait.Cancelled);
        var writing = WriteAsync(bot, persons, enough.Token);
        for (var restart = 0; restart < rounds * Workers; restart++)
        {
            var conflicts = bot.AnswerCount(409);
            if (restart / Workers % 2 == 0)
            {
                Assert.Equal(0, await xopc.StopAndRestartWorkerAsync(restart % Workers));
            }
            else
            {
                await xopc.KillAndRestartWorkerAsync(restart % Workers); // every second round, and then a ghost of the poll stays
            }

            // Whoever took over has received something: the handover is over before the next.
            await bot.WaitForConfirmationAsync(bot.Updates[^1].UpdateId, Wait.Cancelled);
            Assert.InRange(bot.AnswerCount(409) - conflicts, 0, 1);
        }

        await enough.CancelAsync();
        var each = await writing;
        for (var n = 0; n < each; n++)
        {
            // One after the other, as the platform allows one a second: each has its own time.
            foreach (var person in persons)
            {
                await person.ChatWith(bot).WaitForAsync(message => message.Author.IsBot && Said(message) == $"{person.Name} says {n:000}", $"answer {n} of {each} to {person.Name}", Wait.Cancelled);
            }
        }

        List<JsonNode> ledger = [];
        await Wait.UntilAsync(
            async () => (ledger = await LedgerAsync(xopc)).All(delivery => (string)delivery["state"]! is not ("queued" or "sending")), () => "Deliveries are still under way.");
        Assert.Equal(bot.Updates.Select(update => $"telegram:one:{update.UpdateId}").Order(), ledger.Select(delivery => (string)delivery["turnId"]!).Order()); // exactly one outcome each
        Assert.All(persons, person =>
        {
            var answers = person.ChatWith(bot).Messages.Where(message => message.Author.IsBot).ToList();
            var unmarked = answers.Where(message => !message.Text.StartsWith(Mark, StringComparison.Ordinal)).Select(message => message.Text).ToList();
            Assert.Equal(unmarked.Distinct().Count(), unmarked.Count);
            Assert.Equal(Enumerable.Range(0, each).Select(n => $"{person.Name} says {n:000}"), answers.Select(Said).Distinct());
        });
        TestContext.Current.SendDiagnosticMessage(
            $"{rounds * Workers} restarts, {people * each} messages: {bot.AnswerCount(409)} conflicts, {bot.AnswerCount(429)} pauses asked for, {ledger.Count(delivery => (bool?)delivery["labelled"] == true)} marked");
    }

    /// <summary>Everybody says something every second, until it is enough; how much each has said.</summary>
    private static async Task<int> WriteAsync(FakeBot bot, List<FakePerson> persons, CancellationToken enough)
    {
        using var pace = new PeriodicTimer(TimeSpan.FromSeconds(1.5));
        for (var said = 0; ; said++)
        {
            persons.ForEach(person => person.Writes(bot, $"{person.Name} says {said:000}"));
            try
            {
                await pace.WaitForNextTickAsync(enough);
            }
            catch (OperationCanceledException)
            {
                return said + 1;
            }
        }
    }

    private static string Said(SeenMessage message) => message.Text.StartsWith(Mark, StringComparison.Ordinal) ? message.Text[Mark.Length..] : message.Text;

    private static async Task<List<JsonNode>> LedgerAsync(Deployment xopc)
    {
        var all = new List<JsonNode>();
        for (var cursor = ""; cursor is not null;)
        {
            var (_, page) = await xopc.SendAsync(HttpMethod.Get, "/api/deliveries?limit=200" + (cursor.Length > 0 ? "&cursor=" + cursor : ""));
            all.AddRange(page!["deliveries"]!.AsArray().Select(delivery => delivery!));
            cursor = (string?)page["nextCursor"];
        }

        return all;
    }

    private static async Task ConfigureAsync(Deployment deployment, TelegramServer telegram)
    {
        var path = Path.Combine(deployment.State, "xopc.json");
        var document = JsonNode.Parse(await File.ReadAllTextAsync(path, Wait.Cancelled))!.AsObject();
        document["session"]!["dmScope"] = "per-account-channel-peer";
        document["session"]!["queueCapacity"] = 1_000;
        document["channels"] = new JsonObject
        {
            ["telegram"] = new JsonObject
            {
                ["apiRoot"] = telegram.Address.ToString().TrimEnd('/'), ["dmPolicy"] = "open", ["debounceMs"] = 0,
                ["accounts"] = new JsonObject { ["one"] = new JsonObject { ["botToken"] = Token } },
            },
        };
        await File.WriteAllTextAsync(path, document.ToJsonString(), Wait.Cancelled);
    }
}
