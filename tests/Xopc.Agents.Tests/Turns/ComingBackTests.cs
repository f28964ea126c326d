using System.Text.Json.Nodes;
using Xopc.Testing.Models;

namespace Xopc.Agents.Tests.Turns;

public sealed class ComingBackTests : ModelHostTest
{
    [Fact]
    public async Task A_client_that_leaves_does_not_end_the_run()
    {
        await using var host = await HostAsync();
        var release = new TaskCompletionSource();
        Model.Enqueue(new ModelScript { Tokens = ["one", "two"], Gate = n => n == 1 ? release.Task : Task.CompletedTask });
        string runId;
        string lastId;
        using (var stream = await host.StreamAsync(HttpMethod.Post, "/api/agent", Message("go")))
        {
            runId = (string)(await stream.NextAsync())!.Json["runId"]!;
            lastId = (await stream.UntilAsync(e => e.Type == "token")).Id!;
        }

        using var back = await host.StreamAsync(HttpMethod.Get, $"/api/agent/runs/{runId}/events", lastEventId: lastId);
        release.SetResult();
        var missed = await back.ToEndAsync();

        Assert.Equal("two", string.Concat(missed.Where(e => e.Type == "token").Select(e => (string)e.Json["content"]!)));
        Assert.DoesNotContain(missed, e => e.Type is "reset" or "status");
        Assert.Equal("ok", (string)missed[^1].Json["payload"]!["status"]!);
    }

    [Fact]
    public async Task Resuming_a_finished_run_replays_all_of_it()
    {
        await using var host = await HostAsync();
        var (_, body) = await host.AskAsync("hello");

        using var stream = await host.StreamAsync(HttpMethod.Post, "/api/agent/resume", new JsonObject { ["runId"] = (string)body!["runId"]! });
        var all = await stream.ToEndAsync();

        Assert.Equal("status", all[0].Type);
        Assert.Equal("hello", string.Concat(all.Where(e => e.Type == "token").Select(e => (string)e.Json["content"]!)));
        Assert.Equal("result", all[^1].Type);
    }

    [Fact]
    public async Task A_finished_run_is_still_told_after_a_restart()
    {
        var first = await HostAsync();
        var (_, body) = await first.AskAsync("hello");
        await first.StopAsync();
        await using var second = await AgentsHost.StartAsync(Model.BaseUrl, first.State);

        using var fresh = await second.StreamAsync(HttpMethod.Get, $"/api/agent/runs/{body!["runId"]}/events");
        var all = await fresh.ToEndAsync();
        using var back = await second.StreamAsync(HttpMethod.Get, $"/api/agent/runs/{body["runId"]}/events", lastEventId: "1.2");
        var missed = await back.ToEndAsync();

        Assert.Equal(["status", "token", "result"], all.Select(e => e.Type));
        Assert.Equal("hello", (string)all[1].Json["content"]!);
        Assert.Equal(["reset", "result"], missed.Select(e => e.Type));
        Assert.Equal("hello", (string)missed[0].Json["content"]!);
        Directory.Delete(first.State, recursive: true);
    }

    [Theory]
    [InlineData("""{"runId":"not-a-run"}""", 400, "INVALID_REQUEST")]
    [InlineData("""{}""", 400, "INVALID_REQUEST")]
    [InlineData("""{"runId":"01990000-0000-7000-8000-000000000000"}""", 404, "RUN_NOT_FOUND")]
    public async Task Resuming_what_is_not_there_says_so(string body, int status, string code)
    {
        await using var host = await HostAsync();

        var answer = await host.SendAsync(HttpMethod.Post, "/api/agent/resume", JsonNode.Parse(body));

        Assert.Equal((status, code), (answer.Status, (string)answer.Body!["error"]!["code"]!));
    }
}
