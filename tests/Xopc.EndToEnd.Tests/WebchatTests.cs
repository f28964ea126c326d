using System.Text.Json.Nodes;
using Xopc.Testing.Models;

namespace Xopc.EndToEnd.Tests;

/// <summary>The console's and the API's own channel, over real processes: what is sent to it stands in a session once, whatever dies when.</summary>
public sealed class WebchatTests
{
    private const string Prefix = "main:webchat:default:direct:";

    [Theory]
    [InlineData(Shape.OneProcess)]
    [InlineData(Shape.Bundle)]
    public async Task A_message_to_webchat_stands_in_its_session_and_is_heard_also_after_a_reconnect(Shape shape)
    {
        await using var xopc = await Deployment.StartAsync(shape);
        using var events = await xopc.StreamAsync(HttpMethod.Get, "/api/events");
        var since = (await events.NextAsync())!.Id!;

        var (status, sent) = await xopc.SendAsync(HttpMethod.Post, "/api/message", """{"channel":"webchat","chat_id":"news","content":"The **backup** is done."}""");
        Assert.Equal((200, "ok"), (status, (string)sent!["status"]!));
        var id = (string)sent["message_id"]!;

        var said = (await events.UntilAsync(e => e.Type == "session.message")).Json;
        Assert.Equal((Prefix + "news", "The **backup** is done.", id), ((string)said["key"]!, (string)said["content"]!, (string)said["deliveryId"]!));
        var told = (await events.UntilAsync(e => e.Type == "delivery.updated" && (string)e.Json["state"]! == "sent")).Json;
        Assert.Equal((id, "webchat", Prefix + "news"), ((string)told["id"]!, (string)told["channel"]!, (string)told["chatId"]!));
        Assert.Equal([("assistant", "The **backup** is done.", null)], await xopc.TranscriptAsync("news"));
        Assert.Equal(("sent", Prefix + "news"), await StateAsync(xopc, id));

        var slash = await xopc.SendAsync(HttpMethod.Post, "/api/message", Body("news", "by key"), ("Idempotency-Key", "2026/12"));
        await xopc.SaysAsync($"/api/message/{Uri.EscapeDataString((string)slash.Body!["message_id"]!)}", delivery => (string)delivery["state"]! == "sent");

        using var again = await xopc.StreamAsync(HttpMethod.Get, "/api/events", lastEventId: since);
        Assert.Equal(id, (string)(await again.UntilAsync(e => e.Type == "session.message")).Json["deliveryId"]!);
        await xopc.SaysAsync("/api/channels/status", body => body["channels"]!.AsArray().Any(channel => (string)channel!["name"]! == "webchat" && (bool)channel["connected"]!));
        Assert.Matches("webchat +default +connected", await xopc.RunAsync("channels", "status", "--url", xopc.Url.ToString()));
    }

    [Theory]
    [InlineData(Shape.OneProcess)]
    [InlineData(Shape.Bundle)]
    public async Task What_cannot_be_sent_is_refused_and_a_limited_key_sees_only_its_own(Shape shape)
    {
        var said = "";
        await using var xopc = await Deployment.StartAsync(shape, beforeStart: async deployment =>
        {
            var path = Path.Combine(deployment.State, "xopc.json");
            var config = JsonNode.Parse(await File.ReadAllTextAsync(path, Wait.Cancelled))!;
            config["agents"]!["list"] = JsonNode.Parse("""[{"id":"main"}]""");
            await File.WriteAllTextAsync(path, config.ToJsonString(), Wait.Cancelled);
            said = await deployment.RunAsync("keys", "create", "phone", "--scope", "write", "--session", Prefix + "mine", "--json");
        });
        using var http = new HttpClient { Timeout = Wait.Generous };
        http.DefaultRequestHeaders.Add("X-Api-Key", (string)JsonNode.Parse(said)!["key"]!);
        using var phone = new GatewayClient(http, () => xopc.Url);

        Assert.Equal((400, "INVALID_REQUEST"), await RefusedAsync(xopc.Edge, "no session/can be called so"));
        Assert.Equal((400, "INVALID_REQUEST"), await RefusedAsync(xopc.Edge, "$$$"));
        Assert.Equal((400, "INVALID_REQUEST"), await RefusedAsync(xopc.Edge, "nobody:webchat:default:direct:x"));
        Assert.Equal((400, "INVALID_REQUEST"), await RefusedAsync(xopc.Edge, "x", ""","accountId":"second" """));
        Assert.Equal((400, "INVALID_REQUEST"), await RefusedAsync(xopc.Edge, "x", ""","thread_id":"1" """));
        Assert.Equal((404, "CHANNEL_NOT_FOUND"), await RefusedAsync(phone, "other"));
        Assert.Equal((404, "CHANNEL_NOT_FOUND"), await RefusedAsync(phone, "nobody:webchat:default:direct:x"));

        var theirs = await SendAsync(xopc, "other", "not yours");
        var mine = (string)(await phone.SendAsync(HttpMethod.Post, "/api/message", Body("mine", "yours"))).Body!["message_id"]!;
        await xopc.SaysAsync($"/api/message/{mine}", delivery => (string)delivery["state"]! == "sent");
        await xopc.SaysAsync($"/api/message/{theirs}", delivery => (string)delivery["state"]! == "sent");

        Assert.Equal(404, (await phone.SendAsync(HttpMethod.Get, $"/api/message/{theirs}")).Status);
        Assert.Equal(404, (await phone.SendAsync(HttpMethod.Get, $"/api/sessions/{Prefix}other")).Status);
        Assert.Equal([mine], (await phone.SendAsync(HttpMethod.Get, "/api/deliveries")).Body!["deliveries"]!.AsArray().Select(delivery => (string)delivery!["id"]!));
        using var events = await phone.StreamAsync(HttpMethod.Get, "/api/events");
        await events.NextAsync();
        await SendAsync(xopc, "other", "not yours either");
        await phone.SendAsync(HttpMethod.Post, "/api/message", Body("mine", "heard"));
        Assert.Equal("heard", (string)(await events.UntilAsync(e => e.Type == "session.message")).Json["content"]!);
    }

    [Fact]
    public async Task A_paused_webchat_says_nothing_and_loses_nothing()
    {
        await using var xopc = await Deployment.StartAsync(Shape.OneProcess);
        var (status, paused) = await xopc.SendAsync(HttpMethod.Post, "/api/channels/webchat/default/pause");
        Assert.Equal((200, "paused"), (status, (string)paused!["state"]!));

        var id = await SendAsync(xopc, "news", "later");
        await xopc.SaysAsync($"/api/message/{id}", delivery => (string?)delivery["reason"] is not null);
        Assert.Equal(404, (await xopc.SendAsync(HttpMethod.Get, $"/api/sessions/{Prefix}news")).Status);
        await xopc.SendAsync(HttpMethod.Post, "/api/channels/webchat/default/resume");

        await xopc.SaysAsync($"/api/message/{id}", delivery => (string)delivery["state"]! == "sent");
        Assert.Equal(["later"], (await xopc.TranscriptAsync("news")).Select(message => message.Content));
    }

    [Theory]
    [InlineData(Shape.OneProcess)]
    [InlineData(Shape.Bundle)]
    public async Task Every_message_is_in_its_session_once_and_in_order_whatever_dies_in_the_middle(Shape shape)
    {
        var (rounds, each) = Environment.GetEnvironmentVariable("XOPC_TEST_FULL") == "1" ? (30, 20) : (4, 10);
        string[] names = ["a", "b", "c"];
        await using var xopc = await Deployment.StartAsync(shape);
        var random = new Random(int.TryParse(Environment.GetEnvironmentVariable("XOPC_TEST_SEED"), out var seed) ? seed : 20261201);
        var sent = new List<string>();
        for (var round = 0; round < rounds; round++)
        {
            // The ledger has them all; the process dies while the first of them are on their way.
            for (var n = 0; n < each; n++)
            {
                foreach (var name in names)
                {
                    sent.Add(await SendAsync(xopc, name, $"{name} {round:00} {n:00}"));
                }
            }

            await Task.Delay(random.Next(30), Wait.Cancelled);
            await (round % 2 == 0 ? xopc.KillAndRestartChannelsAsync() : xopc.KillAndRestartAgentsAsync());
            await xopc.Edge.AnswersAsync(xopc.Screens);
            await Wait.UntilAsync(async () => (await xopc.SendAsync(HttpMethod.Get, "/api/deliveries?limit=1")).Status == 200, xopc.Screens);
        }

        foreach (var id in sent)
        {
            await xopc.SaysAsync($"/api/message/{id}", delivery => (string)delivery["state"]! == "sent");
        }

        foreach (var name in names)
        {
            var expected = Enumerable.Range(0, rounds).SelectMany(round => Enumerable.Range(0, each).Select(n => $"{name} {round:00} {n:00}")).ToList();
            var messages = await AllAsync(xopc, name);
            Assert.Equal(expected, messages.Select(message => (string)message["content"]!)); // 0 lost, 0 twice, in order
            Assert.Equal(expected.Count, messages.Select(message => (string)message["deliveryId"]!).Distinct().Count());
        }
    }

    [Theory]
    [InlineData(Shape.OneProcess)]
    [InlineData(Shape.Bundle)]
    [InlineData(Shape.TwoReplicas)]
    public async Task The_answer_to_a_client_that_left_is_told_and_the_answer_to_one_that_listens_is_not(Shape shape)
    {
        await using var xopc = await Deployment.StartAsync(shape);
        var release = new TaskCompletionSource();
        xopc.Model.Enqueue(new ModelScript { Tokens = ["one", " two"], Gate = n => n == 1 ? release.Task : Task.CompletedTask });
        using (var leaves = await xopc.StreamAsync(HttpMethod.Post, "/api/agent", """{"message":"go","session":"left"}"""))
        {
            await leaves.UntilAsync(e => e.Type == "token");
        }

        await Wait.UntilAsync(async () => await xopc.CountAsync("SELECT COUNT(*) FROM runs WHERE watcher = ''") == 1, () => "That the client left was not seen.\n" + xopc.Screens());
        release.SetResult();
        await xopc.AskAsync("listens", "stays");

        var delivery = await OnlyDeliveryAsync(xopc);
        Assert.Equal(("sent", Prefix + "left", Prefix + "left"), ((string)delivery["state"]!, (string)delivery["chatId"]!, (string)delivery["sessionKey"]!));
        Assert.Equal("one two", (string)(await xopc.SendAsync(HttpMethod.Get, $"/api/deliveries/{delivery["id"]}")).Body!["text"]!);
        Assert.Equal(["go", "one two"], (await xopc.TranscriptAsync("left")).Select(message => message.Content)); // said once
    }

    [Theory]
    [InlineData(Shape.OneProcess)]
    [InlineData(Shape.Bundle)]
    public async Task A_client_whose_gateway_was_killed_finds_the_end_of_its_run_in_the_ledger(Shape shape)
    {
        await using var xopc = await Deployment.StartAsync(shape);
        xopc.Model.Enqueue(new ModelScript { Tokens = ["one", " two"], HangsAfter = 1 });
        using (var stream = await xopc.StreamAsync(HttpMethod.Post, "/api/agent", """{"message":"go","session":"killed"}"""))
        {
            await stream.UntilAsync(e => e.Type == "token");
            await Wait.UntilAsync(async () => await xopc.CountAsync("SELECT COUNT(*) FROM run_journal") > 0, () => "Nothing was journalled.");
            await xopc.KillAndRestartAgentsAsync();
        }

        var delivery = await OnlyDeliveryAsync(xopc);

        Assert.Equal(("sent", Prefix + "killed"), ((string)delivery["state"]!, (string)delivery["chatId"]!));
        Assert.Equal([("user", "go", null), ("assistant", "one", "interrupted")], await xopc.TranscriptAsync("killed"));
    }

    private static async Task<JsonNode> OnlyDeliveryAsync(Deployment xopc)
    {
        JsonArray? all = null;
        await xopc.SaysAsync("/api/deliveries", body => (all = body["deliveries"]!.AsArray()).Any(delivery => (string)delivery!["state"]! == "sent"));
        return Assert.Single(all!)!;
    }

    private static async Task<List<JsonNode>> AllAsync(Deployment xopc, string session)
    {
        var all = new List<JsonNode>();
        for (var offset = 0; ; offset += 200)
        {
            var page = (await xopc.SendAsync(HttpMethod.Get, $"/api/sessions/{Prefix}{session}?limit=200&offset={offset}")).Body!["session"]!["messages"]!.AsArray();
            all.InsertRange(0, page.Select(message => message!));
            if (page.Count < 200)
            {
                return all;
            }
        }
    }

    private static async Task<string> SendAsync(Deployment xopc, string session, string text)
    {
        var (status, body) = await xopc.SendAsync(HttpMethod.Post, "/api/message", Body(session, text));
        Assert.Equal(200, status);
        return (string)body!["message_id"]!;
    }

    private static async Task<(string State, string Session)> StateAsync(Deployment xopc, string id)
    {
        var (_, delivery) = await xopc.SendAsync(HttpMethod.Get, $"/api/message/{id}");
        return ((string)delivery!["state"]!, (string)delivery["sessionKey"]!);
    }

    private static async Task<(int Status, string Code)> RefusedAsync(GatewayClient client, string chat, string more = "")
    {
        var (status, body) = await client.SendAsync(HttpMethod.Post, "/api/message", $$"""{"channel":"webchat","chat_id":"{{chat}}","content":"hello"{{more}}}""");
        return (status, (string)body!["error"]!["code"]!);
    }

    private static string Body(string session, string text) => new JsonObject { ["channel"] = "webchat", ["chat_id"] = session, ["content"] = text }.ToJsonString();
}
