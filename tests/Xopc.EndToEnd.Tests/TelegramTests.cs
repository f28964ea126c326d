using System.Text.Json.Nodes;
using Xopc.Testing.Telegram;

namespace Xopc.EndToEnd.Tests;

/// <summary>What people on Telegram see of Xopc: real processes, a Bot API server over real HTTP.</summary>
public sealed class TelegramTests
{
    private const string First = "100001:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
    private const string Second = "100002:BBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBB";

    [Theory]
    [InlineData(Shape.OneProcess)]
    [InlineData(Shape.Bundle)]
    public async Task Two_bots_talk_with_their_people_and_each_keeps_to_its_own(Shape shape)
    {
        await using var telegram = await TelegramServer.StartAsync();
        var (one, two) = (telegram.AddBot(First, "one_bot"), telegram.AddBot(Second, "two_bot"));
        var (anna, ben) = (telegram.AddPerson("Anna"), telegram.AddPerson("Ben"));
        await using var xopc = await StartAsync(shape, telegram, """{"one":{"botToken":"100001:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA","dmPolicy":"open"},"two":{"botToken":"100002:BBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBB","dmPolicy":"open"}}""");

        anna.Writes(one, "hello one");
        ben.Writes(two, "hello two");

        await anna.ChatWith(one).SeesAsync("hello one", Wait.Cancelled);
        await ben.ChatWith(two).WaitForAsync(message => message.Author.IsBot && message.Text == "hello two", "the answer to Ben", Wait.Cancelled);
        Assert.Equal(["hello one"], await AnswersAsync(anna.ChatWith(one), 1));
        Assert.Equal(["hello two"], await AnswersAsync(ben.ChatWith(two), 1));
        await xopc.SaysAsync("/api/channels/status", body => body["channels"]!.AsArray().Any(row => (string)row!["name"]! == "telegram" && (bool)row["connected"]!));
    }

    [Fact]
    public async Task A_stranger_is_shown_a_code_once_and_is_answered_when_he_was_let_in()
    {
        await using var telegram = await TelegramServer.StartAsync();
        var bot = telegram.AddBot(First, "one_bot");
        var anna = telegram.AddPerson("Anna");
        await using var xopc = await StartAsync(Shape.OneProcess, telegram, """{"one":{"botToken":"100001:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"}}""");

        anna.Writes(bot, "let me in");
        var shown = await anna.ChatWith(bot).WaitForAsync(message => message.Author.IsBot && message.Text.Contains("Your code:", StringComparison.Ordinal), "the code", Wait.Cancelled);
        var code = shown.Text.Split("Your code:")[1].Trim()[..8];
        anna.Writes(bot, "again");
        await xopc.SaysAsync("/api/channels/pairing?channel=telegram&account=one", body => (string)body["pending"]![0]!["lastSeenAt"]! != (string)body["pending"]![0]!["createdAt"]!);
        var waits = await xopc.RunAsync("channels", "pairing", "list");
        var done = await xopc.RunAsync("channels", "pairing", "approve", "--channel", "telegram", "--account", "one", code.ToLowerInvariant());
        var accounts = await xopc.RunAsync("channels", "status");
        anna.Writes(bot, "hello");

        Assert.Matches($@"{anna.Id} +waits +Anna", waits);
        Assert.Contains($"sender {anna.Id}.", done, StringComparison.Ordinal);
        Assert.Matches(@"telegram +one +connected +\d+ s ago +@one_bot", accounts);
        await anna.ChatWith(bot).WaitForAsync(message => message.Author.IsBot && message.Text == "hello", "the answer", Wait.Cancelled);
        Assert.Equal(2, (await AnswersAsync(anna.ChatWith(bot), 2)).Count);
    }

    [Theory]
    [InlineData(Shape.OneProcess)]
    [InlineData(Shape.Bundle)]
    public async Task A_paused_account_neither_receives_nor_sends_and_the_other_one_goes_on(Shape shape)
    {
        await using var telegram = await TelegramServer.StartAsync();
        var (one, two) = (telegram.AddBot(First, "one_bot"), telegram.AddBot(Second, "two_bot"));
        var (anna, ben) = (telegram.AddPerson("Anna"), telegram.AddPerson("Ben"));
        await using var xopc = await StartAsync(shape, telegram, """{"one":{"botToken":"100001:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA","dmPolicy":"open"},"two":{"botToken":"100002:BBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBB","dmPolicy":"open"}}""");
        anna.Writes(one, "before");
        await anna.ChatWith(one).SeesAsync("before", Wait.Cancelled);

        var paused = await xopc.RunAsync("channels", "pause", "telegram", "one");
        var status = await xopc.RunAsync("channels", "status");
        var (_, accepted) = await xopc.SendAsync(HttpMethod.Post, "/api/message", $$"""{"channel":"telegram","accountId":"one","chat_id":"{{anna.Id}}","content":"waits"}""");
        anna.Writes(one, "meanwhile");
        ben.Writes(two, "hello");

        await ben.ChatWith(two).WaitForAsync(message => message.Author.IsBot && message.Text == "hello", "the answer to Ben", Wait.Cancelled);
        await xopc.SaysAsync($"/api/message/{accepted!["message_id"]}", body => (string)body["state"]! == "queued" && (string?)body["reason"] == "The account is paused by an operator.");
        Assert.Contains("one is paused.", paused, StringComparison.Ordinal);
        Assert.Matches(@"telegram +one +paused +\d+ s ago +@one_bot +Paused by an operator", status);
        Assert.Single(anna.ChatWith(one).FromBots);

        var resumed = await xopc.RunAsync("channels", "resume", "telegram", "one");

        await anna.ChatWith(one).WaitForBookAsync(book => book.Count(message => message.Author.IsBot) == 3, "what waited", Wait.Cancelled);
        Assert.Matches("one is (starting|connected)", resumed);
        Assert.Equal(["before", "meanwhile", "waits"], (await AnswersAsync(anna.ChatWith(one), 3)).Order());
    }

    [Fact]
    public async Task The_code_of_a_stranger_is_enough_to_find_the_account_he_wrote_to()
    {
        await using var telegram = await TelegramServer.StartAsync();
        var (one, two) = (telegram.AddBot(First, "one_bot"), telegram.AddBot(Second, "two_bot"));
        var anna = telegram.AddPerson("Anna");
        await using var xopc = await StartAsync(Shape.OneProcess, telegram, """{"one":{"botToken":"100001:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"},"two":{"botToken":"100002:BBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBB"}}""");
        anna.Writes(two, "let me in");
        var shown = await anna.ChatWith(two).WaitForAsync(message => message.Author.IsBot, "the code", Wait.Cancelled);

        var done = await xopc.RunAsync("channels", "pairing", "approve", shown.Text.Split("Your code:")[1].Trim()[..8]);

        Assert.Contains("telegram two, sender", done, StringComparison.Ordinal);
        Assert.NotEqual(0, await xopc.TryAsync("channels", "pairing", "approve", "AAAA2222"));
        anna.Writes(one, "here too?");
        await anna.ChatWith(one).WaitForAsync(message => message.Author.IsBot && message.Text.Contains("Your code:", StringComparison.Ordinal), "another code", Wait.Cancelled);
    }

    [Fact]
    public async Task A_group_is_answered_where_it_means_the_bot_and_in_the_topic_where_it_asked()
    {
        await using var telegram = await TelegramServer.StartAsync();
        var bot = telegram.AddBot(First, "one_bot");
        var anna = telegram.AddPerson("Anna");
        var group = telegram.AddSupergroup("Team", isForum: true, bot);
        var topic = group.AddTopic("Plans");
        await using var xopc = await StartAsync(Shape.OneProcess, telegram, """{"one":{"botToken":"100001:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"}}""");

        anna.Writes(topic, "among ourselves");
        anna.Writes(topic, "@one_bot what now?");

        var answer = await group.WaitForAsync(message => message.Author.IsBot, "the answer", Wait.Cancelled);
        Assert.Equal(("Anna: what now?", topic.ThreadId), (answer.Text, answer.ThreadId));
        Assert.Single(group.FromBots);
    }

    [Fact]
    public async Task A_long_answer_arrives_whole_and_in_order_also_over_a_kill_in_its_middle()
    {
        await using var telegram = await TelegramServer.StartAsync();
        var bot = telegram.AddBot(First, "one_bot");
        var anna = telegram.AddPerson("Anna");
        await using var xopc = await StartAsync(Shape.OneProcess, telegram, """{"one":{"botToken":"100001:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA","dmPolicy":"open"}}""");
        var lines = Enumerable.Range(0, 1_200).Select(i => $"line {i:0000}").ToList();
        var text = string.Join('\n', lines);
        await xopc.SaysAsync("/api/channels/status", body => body["channels"]!.AsArray().Any(row => (string)row!["name"]! == "telegram" && (bool)row["connected"]!));

        await xopc.SendAsync(HttpMethod.Post, "/api/message", new JsonObject { ["channel"] = "telegram", ["chat_id"] = $"{anna.Id}", ["content"] = text }.ToJsonString());
        anna.Writes(bot, "/start");
        await anna.ChatWith(bot).WaitForAsync(message => message.Author.IsBot, "the first part", Wait.Cancelled);
        await xopc.KillAndRestartAgentsAsync();

        var parts = await anna.ChatWith(bot).WaitForBookAsync(
            book => book.Count(message => message.Author.IsBot && message.Text.Contains("line 1199", StringComparison.Ordinal)) == 1, "the last part", Wait.Cancelled);
        var seen = parts.Where(message => message.Author.IsBot && message.Text.Contains("line ", StringComparison.Ordinal)).ToList();
        var unlabelled = seen.Where(message => !message.Text.StartsWith('↻')).SelectMany(message => message.Text.Split('\n')).ToList();
        var all = seen.SelectMany(message => message.Text.Split('\n')).Where(line => line.StartsWith("line ", StringComparison.Ordinal)).Distinct().ToList();
        Assert.Equal(lines, all);
        Assert.Equal(unlabelled.Distinct().Count(), unlabelled.Count);
    }

    [Fact]
    public async Task Stop_ends_a_hanging_turn_at_once_and_a_dead_letter_is_sent_when_asked_again()
    {
        await using var telegram = await TelegramServer.StartAsync();
        var bot = telegram.AddBot(First, "one_bot");
        var anna = telegram.AddPerson("Anna");
        await using var xopc = await StartAsync(Shape.OneProcess, telegram, """{"one":{"botToken":"100001:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA","dmPolicy":"open"}}""");
        var never = new TaskCompletionSource();
        xopc.Model.Enqueue(new Testing.Models.ModelScript { Tokens = ["never"], Gate = _ => never.Task });

        anna.Writes(bot, "a very long thought that is to be answered by a model which hangs until somebody stops it, more than a hundred characters");
        await xopc.SaysAsync("/api/sessions", body => (int)body["total"]! == 1);
        anna.Writes(bot, "/stop");
        await anna.ChatWith(bot).WaitForAsync(message => message.Author.IsBot && message.Text == "Stopped.", "the word that it stopped", Wait.Cancelled);
        never.SetResult();

        anna.Blocks(bot);
        var (_, sent) = await xopc.SendAsync(HttpMethod.Post, "/api/message", new JsonObject { ["channel"] = "telegram", ["chat_id"] = $"{anna.Id}", ["content"] = "are you there?" }.ToJsonString());
        var id = (string)sent!["message_id"]!;
        await xopc.SaysAsync($"/api/message/{id}", body => (string)body["state"]! == "failed");
        anna.Unblocks(bot);
        var dead = await xopc.RunAsync("deliveries", "list", "--state", "failed");
        var again = await xopc.RunAsync("deliveries", "retry", id);

        Assert.Matches($@"{id} +failed +telegram one +{anna.Id}", dead);
        Assert.Contains("It is queued again.", again, StringComparison.Ordinal);
        await anna.ChatWith(bot).SeesAsync("are you there?", Wait.Cancelled);
        await xopc.SaysAsync($"/api/message/{id}", body => (string)body["state"]! == "sent");
    }

    private static async Task<IReadOnlyList<string>> AnswersAsync(FakeChat chat, int count)
    {
        await chat.WaitForBookAsync(book => book.Count(message => message.Author.IsBot) >= count, $"{count} answers", Wait.Cancelled);
        return [.. chat.FromBots.Select(message => message.Text)];
    }

    private static Task<Deployment> StartAsync(Shape shape, TelegramServer telegram, string accounts) => Deployment.StartAsync(shape, beforeStart: async deployment =>
    {
        var path = Path.Combine(deployment.State, "xopc.json");
        var document = JsonNode.Parse(await File.ReadAllTextAsync(path, Wait.Cancelled))!.AsObject();
        document["channels"] = new JsonObject
        {
            ["telegram"] = new JsonObject { ["enabled"] = true, ["apiRoot"] = telegram.Address.ToString().TrimEnd('/'), ["accounts"] = JsonNode.Parse(accounts) },
        };
        await File.WriteAllTextAsync(path, document.ToJsonString(), Wait.Cancelled);
    });
}
