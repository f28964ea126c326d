using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.Extensions.DependencyInjection;
using Xopc.Agents.Sessions;
using Xopc.Contracts;
using Xopc.Contracts.Messages;
using Xopc.Storage;
using Xopc.Testing.Models;

namespace Xopc.Agents.Tests.Sessions;

/// <summary>What is said in a session without a turn.</summary>
public sealed class SessionPostsTests : ModelHostTest
{
    [Fact]
    public async Task A_post_stands_in_its_session_and_everybody_who_listens_hears_it()
    {
        await using var host = await HostAsync();
        using var events = await host.StreamAsync(HttpMethod.Get, "/api/events");
        await events.NextAsync();

        await PostAsync(host, "d1", "Good **morning**");

        Assert.Equal((DefaultSession, "session.created"), ((string)(await HeardAsync(events, "session.created"))["key"]!, "session.created"));
        var heard = await HeardAsync(events, "session.message");
        Assert.Equal((DefaultSession, "assistant", "Good **morning**", "d1"), ((string)heard["key"]!, (string)heard["role"]!, (string)heard["content"]!, (string)heard["deliveryId"]!));
        var said = Assert.Single(await MessagesAsync(host));
        Assert.Equal(("assistant", "Good **morning**", "d1"), ((string)said!["role"]!, (string)said["content"]!, (string)said["deliveryId"]!));
    }

    [Fact]
    public async Task What_is_heard_again_after_a_reconnect_is_the_post_too()
    {
        await using var host = await HostAsync();
        string last;
        using (var events = await host.StreamAsync(HttpMethod.Get, "/api/events"))
        {
            last = (await events.NextAsync())!.Id!;
        }

        await PostAsync(host, "d1", "While you were away");
        using var again = await host.StreamAsync(HttpMethod.Get, "/api/events", lastEventId: last);

        Assert.Equal("While you were away", (string)(await HeardAsync(again, "session.message"))["content"]!);
    }

    [Fact]
    public async Task The_agent_knows_what_it_said_unasked()
    {
        await using var host = await HostAsync();
        await PostAsync(host, "d1", "The backup failed.");

        await host.AskAsync("Why?");

        var messages = Model.Requests[^1].Body.GetProperty("messages").EnumerateArray().Select(message => ((string)message.GetProperty("role").GetString()!, Text(message.GetProperty("content")))).ToList();
        Assert.Equal(["system", "user", "assistant", "user"], messages.Select(message => message.Item1));
        Assert.Equal(["The backup failed.", "Why?"], messages[2..].Select(message => message.Item2));
    }

    [Fact]
    public async Task A_post_between_turns_keeps_their_order_and_their_history()
    {
        await using var host = await HostAsync();
        await host.AskAsync("one");
        await PostAsync(host, "d1", "between");
        await host.AskAsync("two");
        await PostAsync(host, "d2", "after");
        await host.AskAsync("three");

        string[] all = ["one", "one", "between", "two", "two", "after", "three", "three"];
        Assert.Equal(all, (await host.TranscriptAsync(DefaultSession)).Select(message => message.Content));
        Assert.Equal(all[..^1], Model.Requests[^1].Body.GetProperty("messages").EnumerateArray().Skip(1).Select(message => Text(message.GetProperty("content"))));
        Assert.Equal(8, (int)(await host.GetAsync($"/api/sessions/{DefaultSession}")).Body!["session"]!["messageCount"]!);
    }

    [Fact]
    public async Task A_post_while_a_turn_runs_waits_for_nothing_and_stands_below_it()
    {
        await using var host = await HostAsync();
        var release = new TaskCompletionSource();
        Model.Enqueue(new ModelScript { Tokens = ["answer"], Gate = _ => release.Task });
        var asked = host.AskAsync("question");
        await UntilAsync(host, async () => (int?)(await host.GetAsync("/api/sessions")).Body!["total"] == 1);

        await PostAsync(host, "d1", "news");
        Assert.Equal(["question", "news"], (await host.TranscriptAsync(DefaultSession)).Select(message => message.Content));
        release.SetResult();
        await asked;

        Assert.Equal(["question", "answer", "news"], (await host.TranscriptAsync(DefaultSession)).Select(message => message.Content));
    }

    [Fact]
    public async Task A_message_longer_than_an_event_carries_stands_in_the_session()
    {
        await using var host = await HostAsync();
        using var events = await host.StreamAsync(HttpMethod.Get, "/api/events");
        var text = new string('x', 40_000);

        await PostAsync(host, "d1", text);

        Assert.Null((string?)(await HeardAsync(events, "session.message"))["content"]);
        Assert.Equal(text, (string)Assert.Single(await MessagesAsync(host))!["content"]!);
    }

    // As the relay of the channels' outbox does: the inbox row and what makes it visible, one transaction.
    private static Task PostAsync(AgentsHost host, string id, string text)
    {
        var post = new PostRequested(DefaultSession, text, id);
        var message = new StreamMessage(
            $"post:{id}", WorkStreams.Posts, PostRequested.KeyOf(DefaultSession), JsonSerializer.SerializeToUtf8Bytes(post, ContractsJson.Default.PostRequested), "channels", "operator");
        var intake = host.Get<SessionPosts>().Intake;
        return host.Services.GetRequiredKeyedService<Database>(AgentsSchema.Database).WriteAsync(
            tx =>
            {
                Assert.Equal(AcceptOutcome.Accepted, Inbox.Accept(tx, message, intake.KeyCapacity, 1));
                intake.Accept(tx, message);
            },
            AgentsHost.Cancelled);
    }

    private static async Task<JsonArray> MessagesAsync(AgentsHost host) =>
        (await host.GetAsync($"/api/sessions/{DefaultSession}")).Body!["session"]!["messages"]!.AsArray();

    private static async Task<JsonNode> HeardAsync(Xopc.Testing.Http.SseReader events, string type) => (await events.UntilAsync(e => e.Type == type)).Json;
}
