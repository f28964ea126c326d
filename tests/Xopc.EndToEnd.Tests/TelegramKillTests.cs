using System.Text.Json.Nodes;
using Xopc.Testing.Telegram;

namespace Xopc.EndToEnd.Tests;

/// <summary>
/// People write on Telegram while the process that serves them is killed, again and again, at moments nobody chose: between a poll and its rows, a turn and its
/// answer, a send and its record. Afterwards the ledger is held against what people saw.
/// </summary>
public sealed class TelegramKillTests
{
    private const string Token = "100001:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
    private const string Mark = "↻ This may be a repetition:\n";

    private static bool IsFull => Environment.GetEnvironmentVariable("XOPC_TEST_FULL") == "1";

    [Theory]
    [InlineData(Shape.OneProcess)]
    [InlineData(Shape.Bundle)]
    public async Task Every_message_has_one_outcome_and_nothing_is_said_twice_without_a_mark(Shape shape)
    {
        var (people, each, kills) = IsFull ? (20, 60, 60) : (5, 6, 3);
        var random = new Random(int.TryParse(Environment.GetEnvironmentVariable("XOPC_TEST_SEED"), out var seed) ? seed : 20261201);
        await using var telegram = await TelegramServer.StartAsync();
        var bot = telegram.AddBot(Token, "one_bot");
        var persons = Enumerable.Range(0, people).Select(i => telegram.AddPerson($"P{i}")).ToList();
        await using var xopc = await Deployment.StartAsync(shape, beforeStart: deployment => ConfigureAsync(deployment, telegram));

        var written = 0;
        for (var kill = 0; kill < kills; kill++)
        {
            // A burst of every person's next messages, and the end somewhere in it: after as many calls of the bot as chance says.
            for (; written < each * (kill + 1) / kills; written++)
            {
                persons.ForEach(person => person.Writes(bot, $"{person.Name} says {written:000}"));
            }

            await bot.WaitForCallsAsync("sendMessage", bot.CallCount("sendMessage") + random.Next(1, people), Wait.Cancelled);
            await xopc.KillAndRestartChannelsAsync();
        }

        foreach (var person in persons)
        {
            await person.ChatWith(bot).WaitForBookAsync(
                book => Enumerable.Range(0, each).All(n => book.Any(message => message.Author.IsBot && Said(message) == $"{person.Name} says {n:000}")), $"all answers to {person.Name}", Wait.Cancelled);
        }

        // What the person sees comes before its record: the book is closed when the ledger has nothing under way.
        List<JsonNode> ledger = [];
        await Wait.UntilAsync(
            async () => (ledger = await LedgerAsync(xopc)).All(delivery => (string)delivery["state"]! is not ("queued" or "sending")), () => "Deliveries are still under way.");
        foreach (var person in persons)
        {
            var answers = person.ChatWith(bot).Messages.Where(message => message.Author.IsBot).ToList();
            var unmarked = answers.Where(message => !message.Text.StartsWith(Mark, StringComparison.Ordinal)).Select(message => message.Text).ToList();
            Assert.Equal(unmarked.Distinct().Count(), unmarked.Count); // 0 unlabelled duplicates
            Assert.Equal(Enumerable.Range(0, each).Select(n => $"{person.Name} says {n:000}"), answers.Select(Said).Distinct()); // 0 lost, in order
        }

        Assert.Equal(bot.Updates.Select(update => $"telegram:one:{update.UpdateId}").Order(), ledger.Select(delivery => (string)delivery["turnId"]!).Order()); // exactly one outcome each

        // Whatever was handed over three times without an answer, two of them with the mark, waits for the operator.
        Assert.All(ledger, delivery => Assert.True(
            (string)delivery["state"]! == "sent" || ((string)delivery["state"]! == "unknown" && (bool)delivery["labelled"]! && (int)delivery["attempt"]! >= 3), delivery.ToJsonString()));
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
