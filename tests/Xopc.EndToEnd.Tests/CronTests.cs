using System.Text.Json.Nodes;
using Xopc.Testing.Telegram;

namespace Xopc.EndToEnd.Tests;

/// <summary>Jobs against a real clock, with deaths of the process that keeps it.</summary>
public sealed class CronTests
{
    private const string Token = "100001:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
    private const int Every = 2;

    [Theory]
    [InlineData(Shape.OneProcess)]
    [InlineData(Shape.Bundle)]
    public async Task Every_due_instant_has_one_row_and_what_ran_was_said_once_also_over_kills(Shape shape)
    {
        await using var telegram = await TelegramServer.StartAsync();
        var bot = telegram.AddBot(Token, "clock_bot");
        var person = telegram.AddPerson("Pat");
        await using var xopc = await Deployment.StartAsync(shape, beforeStart: deployment => ConfigureAsync(deployment, telegram));
        var job = new JsonObject
        {
            ["id"] = "tick", ["schedule"] = new JsonObject { ["kind"] = "every", ["expression"] = $"{Every}s" }, ["message"] = "tick", ["overlap"] = "queue",
            ["missed"] = new JsonObject { ["policy"] = "all", ["max"] = 100 },
            ["delivery"] = new JsonObject { ["mode"] = "direct", ["channel"] = "telegram", ["to"] = $"{person.Id}", ["accountId"] = "one" },
        };
        person.Writes(bot, "hello"); // a bot may not begin
        await person.ChatWith(bot).WaitForAsync(message => message.Author.IsBot, "an answer", Wait.Cancelled);
        Assert.Equal(201, (await xopc.SendAsync(HttpMethod.Post, "/api/cron", job.ToJsonString())).Status);

        for (var kill = 0; kill < 3; kill++)
        {
            var before = Said(person, bot).Count;
            await person.ChatWith(bot).WaitForBookAsync(_ => Said(person, bot).Count >= before + 2, "two more ticks", Wait.Cancelled);
            await xopc.KillAndRestartSchedulerAsync();
        }

        await xopc.SaysAsync("/api/cron", body => body["jobs"]!.AsArray().Count == 1);
        Assert.Equal(200, (await xopc.SendAsync(HttpMethod.Post, "/api/cron/tick/toggle", """{"enabled":false}""")).Status);
        await xopc.SaysAsync(
            "/api/cron/tick/history?limit=500",
            body => body["history"]!.AsArray() is { Count: > 5 } rows && rows.All(row => (string?)row!["outcome"] is { } outcome && (outcome != "ran" || (string?)row["delivery"]?["state"] == "sent")));
        var (_, history) = await xopc.SendAsync(HttpMethod.Get, "/api/cron/tick/history?limit=500");
        var rows = history!["history"]!.AsArray().Select(row => row!).Reverse().ToList();

        var due = rows.ConvertAll(row => DateTimeOffset.Parse((string)row["dueAt"]!));
        Assert.All(due.Zip(due.Skip(1)), pair => Assert.Equal(TimeSpan.FromSeconds(Every), pair.Second - pair.First)); // each its row, none twice
        Assert.All(rows, row => Assert.Equal("ran", (string)row["outcome"]!));

        // A death in the middle of a send has it said again, with the mark.
        var said = Said(person, bot);
        Assert.InRange(rows.Count, said.Count(text => !text.StartsWith('↻')), said.Count);
    }

    // Every answer to "tick" has its words.
    private static List<string> Said(FakePerson person, FakeBot bot) =>
        [.. person.ChatWith(bot).Messages.Where(message => message.Author.IsBot && message.Text.Contains("tick", StringComparison.Ordinal)).Select(message => message.Text)];

    private static async Task ConfigureAsync(Deployment deployment, TelegramServer telegram)
    {
        var path = Path.Combine(deployment.State, "xopc.json");
        var document = JsonNode.Parse(await File.ReadAllTextAsync(path, Wait.Cancelled))!.AsObject();
        document["channels"] = new JsonObject
        {
            ["telegram"] = new JsonObject
            {
                ["apiRoot"] = telegram.Address.ToString().TrimEnd('/'), ["dmPolicy"] = "open", ["debounceMs"] = 0, ["streamMode"] = "off",
                ["accounts"] = new JsonObject { ["one"] = new JsonObject { ["botToken"] = Token } },
            },
        };
        await File.WriteAllTextAsync(path, document.ToJsonString(), Wait.Cancelled);
    }
}
