using System.Text.Json.Nodes;
using Xopc.Testing.Models;
using Xopc.Testing.Telegram;

namespace Xopc.EndToEnd.Tests;

/// <summary>Answers that people on Telegram see growing while the model writes them.</summary>
public sealed class TelegramPreviewTests
{
    private const string Token = "100001:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
    private const string Question = "Tell me the story of the gateway, and take all the time that you need, for I have the whole evening and nothing else to do.";

    private const string Mark = "↻ This may be a repetition:\n";

    private static readonly string[] Story = ["Once upon a time there was a gateway", " that **kept", " its word**.\n\nThe end."];

    [Theory]
    [InlineData(Shape.OneProcess)]
    [InlineData(Shape.Bundle)]
    public async Task An_answer_grows_before_the_persons_eyes_and_is_there_once(Shape shape)
    {
        await using var telegram = await TelegramServer.StartAsync();
        var bot = telegram.AddBot(Token, "one_bot");
        var anna = telegram.AddPerson("Anna");
        await using var xopc = await StartAsync(shape, telegram);
        var gates = Enqueue(xopc, Story);

        anna.Writes(bot, Question);
        var chat = anna.ChatWith(bot);
        var shown = await ReadsAsync(chat, "Once upon a time there was a gateway …");
        gates[1].SetResult();
        await ReadsAsync(chat, "Once upon a time there was a gateway that kept …");
        gates[2].SetResult();

        var answer = await ReadsAsync(chat, "Once upon a time there was a gateway that kept its word.\n\nThe end.");
        await SentAsync(xopc);
        Assert.Equal(shown.MessageId, answer.MessageId);
        Assert.Single(chat.FromBots);
        Assert.Contains(chat.ChatActions, action => action.Action == "typing");
    }

    [Theory]
    [InlineData(Shape.OneProcess)]
    [InlineData(Shape.Bundle)]
    public async Task After_a_kill_in_the_middle_the_answer_ends_in_the_message_where_it_began(Shape shape)
    {
        await using var telegram = await TelegramServer.StartAsync();
        var bot = telegram.AddBot(Token, "one_bot");
        var anna = telegram.AddPerson("Anna");
        await using var xopc = await StartAsync(shape, telegram);
        var gates = Enqueue(xopc, Story);

        anna.Writes(bot, Question);
        var chat = anna.ChatWith(bot);
        var shown = await ReadsAsync(chat, "Once upon a time there was a gateway …");
        await Wait.UntilAsync(async () => await xopc.CountAsync("SELECT COUNT(*) FROM previews WHERE state = 'shown'", "channels") == 1, () => "The message is not known.");
        await xopc.KillAndRestartChannelsAsync();
        gates[1].SetResult();
        if (shape == Shape.Bundle)
        {
            await ReadsAsync(chat, "Once upon a time there was a gateway that kept …"); // the run went on, and its words are followed again
        }

        gates[2].SetResult();
        var answer = await ReadsAsync(chat, Ending(shape));
        await SentAsync(xopc);

        Assert.Equal(shown.MessageId, answer.MessageId);
        Assert.Single(chat.FromBots);
    }

    [Theory]
    [InlineData(Shape.OneProcess)]
    [InlineData(Shape.Bundle)]
    public async Task After_a_kill_before_anybody_knew_what_is_shown_the_answer_is_there_once_and_all_else_looks_unfinished(Shape shape)
    {
        await using var telegram = await TelegramServer.StartAsync();
        var bot = telegram.AddBot(Token, "one_bot");
        var anna = telegram.AddPerson("Anna");
        await using var xopc = await StartAsync(shape, telegram);
        var gates = Enqueue(xopc, Story);
        using var mute = bot.When("sendMessage").Times(1).MuteAfterAccepting();

        anna.Writes(bot, Question);
        var chat = anna.ChatWith(bot);
        await ReadsAsync(chat, "Once upon a time there was a gateway …");
        await xopc.KillAndRestartChannelsAsync();
        gates[1].SetResult();
        gates[2].SetResult();
        await ReadsAsync(chat, Ending(shape));
        await SentAsync(xopc);

        Assert.Equal(["Once upon a time there was a gateway …", Ending(shape)], chat.FromBots.Select(message => message.Text));
    }

    [Theory]
    [InlineData(Shape.OneProcess)]
    [InlineData(Shape.Bundle)]
    public async Task Over_kills_at_any_moment_every_answer_is_there_once_and_what_is_beside_it_looks_unfinished(Shape shape)
    {
        var (people, each, kills) = Environment.GetEnvironmentVariable("XOPC_TEST_FULL") == "1" ? (5, 10, 20) : (3, 2, 2);
        var random = new Random(int.TryParse(Environment.GetEnvironmentVariable("XOPC_TEST_SEED"), out var seed) ? seed : 20261201);
        await using var telegram = await TelegramServer.StartAsync();
        var bot = telegram.AddBot(Token, "one_bot");
        var persons = Enumerable.Range(0, people).Select(i => telegram.AddPerson($"P{i}")).ToList();
        await using var xopc = await StartAsync(shape, telegram);
        xopc.Model.ForModel("echo", new ModelScript { Echoes = true, BetweenTokens = TimeSpan.FromMilliseconds(120) });

        for (var n = 0; n < each; n++)
        {
            persons.ForEach(person => person.Writes(bot, $"{person.Name} {n:00} " + string.Join(' ', Enumerable.Range(0, 30).Select(i => $"word{i}"))));
        }

        for (var kill = 0; kill < kills; kill++)
        {
            var until = Shows(bot) + random.Next(1, 3 * people);
            await telegram.WaitForAsync(() => Shows(bot) >= until, $"{until} messages and changes", Wait.Cancelled);
            await xopc.KillAndRestartChannelsAsync();
        }

        List<JsonNode> ledger = [];
        await Wait.UntilAsync(
            async () => (ledger = await LedgerAsync(xopc)).Count == people * each && ledger.All(delivery => (string)delivery["state"]! == "sent"),
            () => $"The ledger says {string.Join("; ", ledger.Select(delivery => delivery.ToJsonString()))}\n{xopc.Screens()}");
        await Wait.UntilAsync(async () => await xopc.CountAsync("SELECT COUNT(*) FROM previews", "channels") == 0, () => "Something unfinished is still remembered.");

        Assert.Equal(bot.Updates.Select(update => $"telegram:one:{update.UpdateId}").Order(), ledger.Select(delivery => (string)delivery["turnId"]!).Order());
        foreach (var person in persons)
        {
            var answers = ledger.Where(delivery => (string)delivery["chatId"]! == $"{person.Id}").ToList();
            var places = answers.ConvertAll(delivery => int.Parse((string)delivery["parts"]![0]!["messageId"]!));
            Assert.Equal(places.Order(), places); // as the ledger took them
            var seen = person.ChatWith(bot).FromBots.ToDictionary(message => message.MessageId);
            foreach (var (delivery, place) in answers.Zip(places))
            {
                Assert.Equal(((bool)delivery["labelled"]! ? Mark : "") + (string)delivery["text"]!, seen[place].Text);
            }

            // A message that was sent again with the mark may be there without it too.
            var marked = answers.Where(delivery => (bool)delivery["labelled"]!).Select(delivery => (string)delivery["text"]!).ToList();
            Assert.All(seen.Values.Where(message => !places.Contains(message.MessageId)), message => Assert.True(message.Text.EndsWith(" …", StringComparison.Ordinal) || marked.Contains(message.Text), message.Text));
        }
    }

    [Theory]
    [InlineData(Shape.OneProcess)]
    [InlineData(Shape.Bundle)]
    public async Task Stop_ends_what_was_growing_and_nothing_stays_that_looks_unfinished(Shape shape)
    {
        await using var telegram = await TelegramServer.StartAsync();
        var bot = telegram.AddBot(Token, "one_bot");
        var anna = telegram.AddPerson("Anna");
        await using var xopc = await StartAsync(shape, telegram);
        var gates = Enqueue(xopc, Story);

        anna.Writes(bot, Question);
        var chat = anna.ChatWith(bot);
        var shown = await ReadsAsync(chat, "Once upon a time there was a gateway …");
        anna.Writes(bot, "/stop");

        await ReadsAsync(chat, "Stopped.");
        Assert.Equal(shown.MessageId, (await ReadsAsync(chat, "Once upon a time there was a gateway")).MessageId);
        Assert.Equal(2, chat.FromBots.Count);
        gates[1].SetResult();
    }

    [Theory]
    [InlineData(Shape.OneProcess)]
    [InlineData(Shape.Bundle)]
    public async Task Ten_thousand_characters_grow_within_the_rates_and_are_all_there_in_order(Shape shape)
    {
        await using var telegram = await TelegramServer.StartAsync();
        telegram.Limits = RateLimits.Documented;
        var bot = telegram.AddBot(Token, "one_bot");
        var anna = telegram.AddPerson("Anna");
        await using var xopc = await StartAsync(shape, telegram);
        var lines = Enumerable.Range(0, 700).Select(i => $"line {i:000}: words").ToList();
        xopc.Model.Enqueue(new ModelScript
        {
            Tokens = [.. lines.Chunk(7).Select(some => string.Join('\n', some) + "\n")], BetweenTokens = TimeSpan.FromMilliseconds(50),
        });

        anna.Writes(bot, Question);
        var chat = anna.ChatWith(bot);
        var grown = await chat.WaitForAsync(message => message.Author.IsBot && message.Text.EndsWith(" …", StringComparison.Ordinal), "the beginning", Wait.Cancelled);
        await chat.WaitForBookAsync(_ => chat.FromBots.Any(message => message.Text.Contains("line 699", StringComparison.Ordinal)), "the end", Wait.Cancelled);
        await SentAsync(xopc);

        Assert.Equal(lines, chat.FromBots.SelectMany(message => message.Text.Split('\n')).Where(line => line.Length > 0));
        Assert.Equal(grown.MessageId, chat.FromBots[0].MessageId);
        Assert.True(chat.FromBots[0].Edits.Count >= 2);
        Assert.Equal(0, bot.AnswerCount(429));
    }

    [Fact]
    public async Task In_a_topic_by_blocks_only_whole_ones_are_shown()
    {
        await using var telegram = await TelegramServer.StartAsync();
        var bot = telegram.AddBot(Token, "one_bot");
        var anna = telegram.AddPerson("Anna");
        var group = telegram.AddSupergroup("Team", isForum: true, bot);
        var topic = group.AddTopic("Plans");
        await using var xopc = await StartAsync(Shape.OneProcess, telegram, "block");
        var gates = Enqueue(xopc, ["Once upon a time there was a gateway.\n\nIt kept", " its word.\n\nAnd it", " still does."]);

        anna.Writes(topic, "@one_bot " + Question);
        await ReadsAsync(group, "Once upon a time there was a gateway. …");
        gates[1].SetResult();
        await ReadsAsync(group, "Once upon a time there was a gateway.\n\nIt kept its word. …");
        gates[2].SetResult();

        var answer = await ReadsAsync(group, "Once upon a time there was a gateway.\n\nIt kept its word.\n\nAnd it still does.");
        Assert.Equal((topic.ThreadId, 1), (answer.ThreadId, group.FromBots.Count));
        Assert.DoesNotContain(answer.Edits, edit => edit.PreviousText.Contains("It kept …", StringComparison.Ordinal) || edit.PreviousText.Contains("And it …", StringComparison.Ordinal));
    }

    private static int Shows(FakeBot bot) => bot.CallCount("sendMessage") + bot.CallCount("editMessageText");

    // Each with its text and parts, in the order in which they were accepted.
    private static async Task<List<JsonNode>> LedgerAsync(Deployment xopc)
    {
        var all = new List<JsonNode>();
        var (_, page) = await xopc.SendAsync(HttpMethod.Get, "/api/deliveries?limit=200");
        foreach (var delivery in page!["deliveries"]!.AsArray().Reverse())
        {
            all.Add((await xopc.SendAsync(HttpMethod.Get, "/api/deliveries/" + Uri.EscapeDataString((string)delivery!["id"]!))).Body!);
        }

        return all;
    }

    private static Task<SeenMessage> ReadsAsync(FakeChat chat, string text) =>
        chat.WaitForAsync(message => message.Author.IsBot && message.DeletedAt is null && message.Text == text, $"\"{text}\"", Wait.Cancelled);

    // With the process of the turn its words end; else it goes on.
    private static string Ending(Shape shape) => shape == Shape.Bundle
        ? "Once upon a time there was a gateway that kept its word.\n\nThe end."
        : "Once upon a time there was a gateway\n\nThe answer ends here: the gateway was restarted in the middle of it.";

    private static Task SentAsync(Deployment xopc) =>
        xopc.SaysAsync("/api/deliveries", body => body["deliveries"]!.AsArray() is { Count: > 0 } all && all.All(delivery => (string)delivery!["state"]! == "sent"));

    // The next answer, whose pieces after the first wait.
    private static TaskCompletionSource[] Enqueue(Deployment xopc, string[] tokens)
    {
        TaskCompletionSource[] gates = [.. tokens.Select(_ => new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously))];
        gates[0].SetResult();
        xopc.Model.Enqueue(new ModelScript { Tokens = tokens, Gate = token => token < gates.Length ? gates[token].Task : Task.CompletedTask });
        return gates;
    }

    private static Task<Deployment> StartAsync(Shape shape, TelegramServer telegram, string? mode = null) => Deployment.StartAsync(shape, beforeStart: async deployment =>
    {
        var path = Path.Combine(deployment.State, "xopc.json");
        var document = JsonNode.Parse(await File.ReadAllTextAsync(path, Wait.Cancelled))!.AsObject();
        document["session"]!["dmScope"] = "per-account-channel-peer";
        var account = new JsonObject { ["botToken"] = Token, ["dmPolicy"] = "open" };
        if (mode is not null)
        {
            account["streamMode"] = mode;
        }

        document["channels"] = new JsonObject
        {
            ["telegram"] = new JsonObject { ["apiRoot"] = telegram.Address.ToString().TrimEnd('/'), ["accounts"] = new JsonObject { ["one"] = account } },
        };
        await File.WriteAllTextAsync(path, document.ToJsonString(), Wait.Cancelled);
    });
}
