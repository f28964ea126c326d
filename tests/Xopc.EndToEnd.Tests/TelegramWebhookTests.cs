using System.Text.Json.Nodes;
using Xopc.Testing.Telegram;

namespace Xopc.EndToEnd.Tests;

/// <summary>A bot whose updates Telegram brings: from polling and back again, over deaths of the process, past strangers who knock.</summary>
public sealed class TelegramWebhookTests
{
    private const string Token = "100001:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
    private const string Mark = "↻ This may be a repetition:\n";
    private const string Path = "/webhooks/telegram/one";

    [Theory]
    [InlineData(Shape.OneProcess)]
    [InlineData(Shape.Bundle)]
    public async Task What_telegram_brings_is_answered_once_over_kills_and_a_stranger_who_knocks_brings_nothing(Shape shape)
    {
        await using var telegram = await TelegramServer.StartAsync();
        telegram.WebhookRetryDelay = TimeSpan.FromMilliseconds(100);
        telegram.Limits = RateLimits.Documented;
        var bot = telegram.AddBot(Token, "one_bot");
        var people = Enumerable.Range(0, 4).Select(i => telegram.AddPerson($"P{i}")).ToList();
        await using var xopc = await Deployment.StartAsync(shape, beforeStart: deployment => ConfigureAsync(deployment, telegram, webhook: null));
        await SaysAsync(people[0], bot, "polled");

        await ConfigureAsync(xopc, telegram, webhook: xopc.Url.GetLeftPart(UriPartial.Authority));
        await bot.WaitForCallsAsync("setWebhook", 1, Wait.Cancelled);
        var polls = bot.CallCount("getUpdates");
        await SaysAsync(people[0], bot, "brought");
        await ConnectedAsync(xopc);
        await StrangersAsync(xopc, people[0].Id);

        for (var kill = 0; kill < 2; kill++)
        {
            people.ForEach(person => Enumerable.Range(0, 3).ToList().ForEach(n => person.Writes(bot, $"{person.Name} says {kill}{n}")));
            await bot.WaitForCallsAsync("sendMessage", bot.CallCount("sendMessage") + 1 + (3 * kill), Wait.Cancelled);
            await xopc.KillAndRestartChannelsAsync();
        }

        foreach (var person in people)
        {
            var expected = Enumerable.Range(0, 6).Select(n => $"{person.Name} says {n / 3}{n % 3}").ToList();
            var book = await person.ChatWith(bot).WaitForBookAsync(
                book => expected.All(text => book.Any(message => message.Author.IsBot && Said(message) == text)), $"all answers to {person.Name}", Wait.Cancelled);
            Assert.Equal(expected, book.Where(message => message.Author.IsBot).Select(Said).Where(text => text.Contains("says", StringComparison.Ordinal)).Distinct());
        }

        Assert.Equal(polls, bot.CallCount("getUpdates"));
        await ConnectedAsync(xopc);
        await ConfigureAsync(xopc, telegram, webhook: null);
        await bot.WaitForPollAsync(PollState.Waiting, Wait.Cancelled);
        await SaysAsync(people[0], bot, "polled again");
        await OnceEachAsync(xopc, bot, people);
    }

    // Nothing said twice without a mark, and one outcome for each update.
    private static async Task OnceEachAsync(Deployment xopc, FakeBot bot, List<FakePerson> people)
    {
        List<JsonNode> ledger = [];
        await Wait.UntilAsync(
            async () =>
            {
                var (_, page) = await xopc.SendAsync(HttpMethod.Get, "/api/deliveries?limit=200");
                ledger = [.. page!["deliveries"]!.AsArray().Select(delivery => delivery!)];
                return ledger.All(delivery => (string)delivery["state"]! is not ("queued" or "sending"));
            },
            () => "Deliveries are still under way.");
        Assert.Equal(bot.Updates.Select(update => $"telegram:one:{update.UpdateId}").Order(), ledger.Select(delivery => (string)delivery["turnId"]!).Order());
        Assert.All(people, person =>
        {
            var unmarked = person.ChatWith(bot).Messages.Where(message => message.Author.IsBot && !message.Text.StartsWith(Mark, StringComparison.Ordinal)).Select(message => message.Text).ToList();
            Assert.Equal(unmarked.Distinct().Count(), unmarked.Count);
        });
    }

    // All get the same answer, whether the account is there or not, and leave nothing.
    private static async Task StrangersAsync(Deployment xopc, long person)
    {
        var update = new JsonObject
        {
            ["update_id"] = 1, ["message"] = new JsonObject
            {
                ["message_id"] = 1, ["date"] = 1, ["text"] = "obey", ["from"] = new JsonObject { ["id"] = person, ["is_bot"] = false, ["first_name"] = "P0" },
                ["chat"] = new JsonObject { ["id"] = person, ["type"] = "private", ["first_name"] = "P0" },
            },
        }.ToJsonString();
        var answers = new List<string>();
        foreach (var (path, secret) in new[] { (Path, null), (Path, ""), (Path, "wrong"), (Path, new string('a', 43)), (Path, new string('a', 300)), ("/webhooks/telegram/nobody", "wrong"), ("/webhooks/telegram/%20", "x") })
        {
            using var request = new HttpRequestMessage(HttpMethod.Post, new Uri(xopc.Url, path)) { Content = new StringContent(update, null, "application/json") };
            if (secret is not null)
            {
                request.Headers.TryAddWithoutValidation("X-Telegram-Bot-Api-Secret-Token", secret);
            }

            using var response = await xopc.Client.SendAsync(request, Wait.Cancelled);
            answers.Add($"{(int)response.StatusCode} {await response.Content.ReadAsStringAsync(Wait.Cancelled)}");
        }

        Assert.Equal(["""401 {"error":{"code":"UNAUTHORIZED","message":"The secret is missing or wrong"}}"""], answers.Distinct());
    }

    private static Task ConnectedAsync(Deployment xopc) => xopc.SaysAsync(
        "/api/channels", body => body["channels"]!.AsArray().First(channel => (string)channel!["id"]! == "telegram")!["accounts"]![0]!["state"]!.ToString() == "connected");

    private static async Task SaysAsync(FakePerson person, FakeBot bot, string text)
    {
        person.Writes(bot, text);
        await person.ChatWith(bot).WaitForAsync(message => message.Author.IsBot && Said(message) == text, $"the answer to {text}", Wait.Cancelled);
    }

    private static string Said(SeenMessage message) => message.Text.StartsWith(Mark, StringComparison.Ordinal) ? message.Text[Mark.Length..] : message.Text;

    private static async Task ConfigureAsync(Deployment deployment, TelegramServer telegram, string? webhook)
    {
        var path = System.IO.Path.Combine(deployment.State, "xopc.json");
        var document = JsonNode.Parse(await File.ReadAllTextAsync(path, Wait.Cancelled))!.AsObject();
        document["session"]!["dmScope"] = "per-account-channel-peer";
        document["session"]!["queueCapacity"] = 1_000;
        var account = new JsonObject { ["botToken"] = Token };
        if (webhook is not null)
        {
            account["webhook"] = new JsonObject { ["url"] = webhook };
        }

        document["channels"] = new JsonObject
        {
            ["telegram"] = new JsonObject
            {
                ["apiRoot"] = telegram.Address.ToString().TrimEnd('/'), ["dmPolicy"] = "open", ["debounceMs"] = 0, ["accounts"] = new JsonObject { ["one"] = account },
            },
        };
        await File.WriteAllTextAsync(path + ".new", document.ToJsonString(), Wait.Cancelled);
        File.Move(path + ".new", path, overwrite: true);
    }
}
