using System.Text.Json.Nodes;
using Xopc.Testing.Models;

namespace Xopc.Agents.Tests.Turns;

public sealed class AbortAndSteerTests : ModelHostTest
{
    [Fact]
    public async Task Aborting_keeps_the_partial_answer_and_answers_aborted()
    {
        await using var host = await HostAsync();
        var never = new TaskCompletionSource();
        Model.Enqueue(new ModelScript { Tokens = ["par", "tial", "rest"], Gate = n => n == 2 ? never.Task : Task.CompletedTask });
        using var stream = await host.StreamAsync(HttpMethod.Post, "/api/agent", Message("go"));
        var runId = (string)(await stream.NextAsync())!.Json["runId"]!;
        var text = "";
        await stream.UntilAsync(e => e.Type == "token" && (text += (string)e.Json["content"]!) == "partial");

        var (status, body) = await host.SendAsync(HttpMethod.Post, "/api/agent/abort", new JsonObject { ["runId"] = runId });
        var rest = await stream.ToEndAsync();

        Assert.Equal(200, status);
        Assert.True((bool)body!["payload"]!["aborted"]!);
        Assert.Equal("aborted", (string)rest[^1].Json["payload"]!["status"]!);
        Assert.Equal([("user", "go"), ("assistant", "partial")], await host.TranscriptAsync("main:webchat:default:direct:default"));
        var again = await host.SendAsync(HttpMethod.Post, "/api/agent/abort", new JsonObject { ["runId"] = runId });
        Assert.False((bool)again.Body!["payload"]!["aborted"]!);
    }

    [Fact]
    public async Task A_waiting_turn_can_be_aborted_before_it_begins()
    {
        await using var host = await HostAsync();
        var release = new TaskCompletionSource();
        Model.Enqueue(new ModelScript { Gate = _ => release.Task });
        var first = host.AskAsync("running");
        await Model.RequestArrivedAsync(AgentsHost.Cancelled);
        using var waiting = await host.StreamAsync(HttpMethod.Post, "/api/agent", Message("waiting"));
        var runId = (string)(await waiting.NextAsync())!.Json["runId"]!;

        await host.SendAsync(HttpMethod.Post, "/api/agent/abort", new JsonObject { ["runId"] = runId });
        release.SetResult();

        Assert.Equal("aborted", (string)(await waiting.ToEndAsync())[^1].Json["payload"]!["status"]!);
        Assert.Equal(200, (await first).Status);
        Assert.Single(Model.Requests);
    }

    [Fact]
    public async Task Words_steered_into_a_run_are_answered_in_it()
    {
        await using var host = await HostAsync();
        var release = new TaskCompletionSource();
        Model.Enqueue(new ModelScript { Tokens = ["first."], Gate = _ => release.Task }, ModelScript.Say(" Then this."));
        var asked = host.AskAsync("go");
        await Model.RequestArrivedAsync(AgentsHost.Cancelled);

        var (status, _) = await host.SendAsync(HttpMethod.Post, "/api/agent/steer", new JsonObject { ["session"] = "default", ["message"] = "also that" });
        release.SetResult();
        var (_, body) = await asked;

        Assert.Equal(200, status);
        Assert.Equal("first. Then this.", (string)body!["reply"]!);
        Assert.Equal(
            [("user", "go"), ("assistant", "first."), ("user", "also that"), ("assistant", " Then this.")],
            await host.TranscriptAsync("main:webchat:default:direct:default"));
    }

    [Fact]
    public async Task Steering_without_a_run_is_told()
    {
        await using var host = await HostAsync();

        var (status, body) = await host.SendAsync(HttpMethod.Post, "/api/agent/steer", new JsonObject { ["session"] = "default", ["message"] = "x" });

        Assert.Equal((409, "NO_ACTIVE_RUN"), (status, (string)body!["error"]!["code"]!));
    }
}
