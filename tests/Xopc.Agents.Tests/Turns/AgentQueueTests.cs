using System.Text.Json.Nodes;
using Xopc.Testing.Models;

namespace Xopc.Agents.Tests.Turns;

public sealed class AgentQueueTests : ModelHostTest
{
    [Fact]
    public async Task Messages_sent_while_the_agent_answers_are_answered_in_order_one_at_a_time()
    {
        await using var host = await HostAsync();
        var release = new TaskCompletionSource();
        Model.Enqueue(new ModelScript { Tokens = ["first answer"], Gate = _ => release.Task });
        var first = host.AskAsync("m1");
        await Model.RequestArrivedAsync(AgentsHost.Cancelled);

        var rest = new List<Task<(int Status, JsonNode? Body)>>();
        for (var i = 2; i <= 6; i++)
        {
            rest.Add(host.AskAsync($"m{i}"));
            await UntilAsync(host, async () => (await host.TranscriptAsync("main:webchat:default:direct:default")).Count == i);
        }

        Assert.Single(Model.Requests);
        release.SetResult();

        Assert.Equal("first answer", (string)(await first).Body!["reply"]!);
        Assert.Equal(["m2", "m3", "m4", "m5", "m6"], (await Task.WhenAll(rest)).Select(r => (string)r.Body!["reply"]!));
        Assert.Equal(
            ["m1", "first answer", "m2", "m2", "m3", "m3", "m4", "m4", "m5", "m5", "m6", "m6"],
            (await host.TranscriptAsync("main:webchat:default:direct:default")).Select(m => m.Content));
    }

    [Fact]
    public async Task Different_sessions_do_not_wait_for_each_other()
    {
        await using var host = await HostAsync();
        var release = new TaskCompletionSource();
        Model.Enqueue(new ModelScript { Gate = _ => release.Task });
        var blocked = host.AskAsync("slow", "a");
        await Model.RequestArrivedAsync(AgentsHost.Cancelled);

        Assert.Equal("fast", (string)(await host.AskAsync("fast", "b")).Body!["reply"]!);

        release.SetResult();
        Assert.Equal(200, (await blocked).Status);
    }

    [Fact]
    public async Task A_full_session_answers_429_and_keeps_nothing_of_the_message()
    {
        await using var host = await HostAsync(config => config["session"]!["queueCapacity"] = 2);
        var release = new TaskCompletionSource();
        Model.Enqueue(new ModelScript { Gate = _ => release.Task });
        var first = host.AskAsync("1");
        await Model.RequestArrivedAsync(AgentsHost.Cancelled);
        var second = host.AskAsync("2");
        await UntilAsync(host, async () => (await host.TranscriptAsync("main:webchat:default:direct:default")).Count == 2);

        using var request = new HttpRequestMessage(HttpMethod.Post, "/api/agent") { Content = new StringContent("""{"message":"3"}""", null, "application/json") };
        using var response = await host.Client.SendAsync(request, AgentsHost.Cancelled);

        Assert.Equal(429, (int)response.StatusCode);
        Assert.True(response.Headers.RetryAfter!.Delta > TimeSpan.Zero);
        Assert.Contains("SESSION_BUSY", await response.Content.ReadAsStringAsync(AgentsHost.Cancelled), StringComparison.Ordinal);
        release.SetResult();
        await Task.WhenAll(first, second);
        Assert.DoesNotContain("3", (await host.TranscriptAsync("main:webchat:default:direct:default")).Select(m => m.Content));
    }

    [Fact]
    public async Task Deleting_a_session_ends_its_run_and_its_waiting_turns()
    {
        await using var host = await HostAsync();
        Model.Enqueue(new ModelScript { Hangs = true });
        var running = host.AskAsync("running", "s");
        await Model.RequestArrivedAsync(AgentsHost.Cancelled);
        var waiting = host.AskAsync("waiting", "s");
        await UntilAsync(host, async () => (await host.TranscriptAsync("main:webchat:default:direct:s")).Count == 2);

        await host.SendAsync(HttpMethod.Delete, "/api/sessions/main:webchat:default:direct:s");

        Assert.Equal("aborted", (string)(await running).Body!["status"]!);
        Assert.Equal("aborted", (string)(await waiting).Body!["status"]!);
        Assert.Equal(404, (await host.GetAsync("/api/sessions/main:webchat:default:direct:s")).Status);
    }

    [Fact]
    public async Task Sixteen_clients_on_one_session_get_their_own_answers_in_order()
    {
        await using var host = await HostAsync();

        var answers = await Task.WhenAll(Enumerable.Range(0, 16).Select(async client =>
        {
            var replies = new List<string>();
            for (var i = 0; i < 5; i++)
            {
                var (status, body) = await host.AskAsync($"{client}-{i}", "shared");
                Assert.Equal(200, status);
                replies.Add((string)body!["reply"]!);
            }

            return (client, replies);
        }));

        Assert.All(answers, answer => Assert.Equal(Enumerable.Range(0, 5).Select(i => $"{answer.client}-{i}"), answer.replies));
        var transcript = await host.TranscriptAsync("main:webchat:default:direct:shared");
        Assert.Equal(160, transcript.Count);
        for (var i = 0; i < transcript.Count; i += 2)
        {
            Assert.Equal(transcript[i].Content, transcript[i + 1].Content);
        }
    }
}
