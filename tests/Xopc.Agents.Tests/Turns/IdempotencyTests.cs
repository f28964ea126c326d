using System.Text.Json.Nodes;
using Microsoft.Extensions.DependencyInjection;
using Xopc.Storage;
using Xopc.Testing.Models;

namespace Xopc.Agents.Tests.Turns;

public sealed class IdempotencyTests : ModelHostTest
{
    [Fact]
    public async Task The_same_idempotency_key_and_request_is_one_turn_with_one_answer()
    {
        await using var host = await HostAsync();

        var first = await host.AskAsync("once", "s", ("Idempotency-Key", "k"));
        var second = await host.AskAsync("once", "s", ("Idempotency-Key", "k"));

        Assert.Equal((200, 200), (first.Status, second.Status));
        Assert.Equal((string)first.Body!["runId"]!, (string)second.Body!["runId"]!);
        Assert.Equal((string)first.Body["reply"]!, (string)second.Body["reply"]!);
        Assert.Single(Model.Requests);
        Assert.Equal(2, (await host.TranscriptAsync("main:webchat:default:direct:s")).Count);
    }

    [Fact]
    public async Task The_same_idempotency_key_with_another_request_is_a_conflict()
    {
        await using var host = await HostAsync();
        await host.AskAsync("once", "s", ("Idempotency-Key", "k"));

        var (status, body) = await host.AskAsync("twice", "s", ("Idempotency-Key", "k"));

        Assert.Equal((409, "IDEMPOTENCY_CONFLICT"), (status, (string)body!["error"]!["code"]!));
    }

    [Fact]
    public async Task Two_requests_with_one_key_at_the_same_time_are_one_turn()
    {
        await using var host = await HostAsync();
        var release = new TaskCompletionSource();
        Model.Enqueue(new ModelScript { Tokens = ["answer"], Gate = _ => release.Task });

        var first = host.AskAsync("once", "s", ("Idempotency-Key", "k"));
        await Model.RequestArrivedAsync(AgentsHost.Cancelled);
        var second = host.AskAsync("once", "s", ("Idempotency-Key", "k"));
        release.SetResult();

        Assert.Equal("answer", (string)(await first).Body!["reply"]!);
        Assert.Equal("answer", (string)(await second).Body!["reply"]!);
        Assert.Single(Model.Requests);
    }

    [Fact]
    public async Task A_key_is_free_again_after_a_day()
    {
        var clock = new ShiftedClock();
        await using var host = await HostAsync(build: clock.Use);
        var first = await host.AskAsync("good morning", "s", ("Idempotency-Key", "daily"));

        clock.Shift = TimeSpan.FromHours(24) - TimeSpan.FromMinutes(1);
        var sameDay = await host.AskAsync("good morning", "s", ("Idempotency-Key", "daily"));
        clock.Shift = TimeSpan.FromHours(24) + TimeSpan.FromMinutes(1);
        var nextDay = await host.AskAsync("good morning again", "s", ("Idempotency-Key", "daily"));
        var repeated = await host.AskAsync("good morning again", "s", ("Idempotency-Key", "daily"));

        Assert.Equal((string)first.Body!["runId"]!, (string)sameDay.Body!["runId"]!);
        Assert.Equal((200, "good morning again"), (nextDay.Status, (string)nextDay.Body!["reply"]!));
        Assert.Equal((string)nextDay.Body["runId"]!, (string)repeated.Body!["runId"]!);
        Assert.Equal(2, Model.Requests.Count);
    }

    [Fact]
    public async Task A_repeated_request_whose_run_is_no_longer_kept_is_told_so_and_not_called_a_conflict()
    {
        await using var host = await HostAsync();
        await host.AskAsync("once", "s", ("Idempotency-Key", "k"));
        await host.Services.GetRequiredKeyedService<Database>(AgentsSchema.Database).WriteAsync(tx => tx.Execute("DELETE FROM runs"), AgentsHost.Cancelled);

        var (status, body) = await host.AskAsync("once", "s", ("Idempotency-Key", "k"));

        Assert.Equal((404, "RUN_NOT_FOUND"), (status, (string)body!["error"]!["code"]!));
        Assert.Single(Model.Requests);
    }

    [Fact]
    public async Task A_message_that_found_the_queue_full_leaves_its_key_unused()
    {
        await using var host = await HostAsync(config => config["session"]!["queueCapacity"] = 1);
        var release = new TaskCompletionSource();
        Model.Enqueue(new ModelScript { Gate = _ => release.Task });
        var running = host.AskAsync("first", "s");
        await Model.RequestArrivedAsync(AgentsHost.Cancelled);

        var full = await host.AskAsync("second", "s", ("Idempotency-Key", "k"));
        release.SetResult();
        await running;
        var again = await host.AskAsync("second", "s", ("Idempotency-Key", "k"));

        Assert.Equal((429, 200), (full.Status, again.Status));
    }

    [Fact]
    public async Task Words_are_steered_in_once_however_often_they_are_sent_under_one_key()
    {
        await using var host = await HostAsync();
        var release = new TaskCompletionSource();
        Model.Enqueue(new ModelScript { Tokens = ["first."], Gate = _ => release.Task }, ModelScript.Say(" Then this."));
        var asked = host.AskAsync("go");
        await Model.RequestArrivedAsync(AgentsHost.Cancelled);
        var key = ("Idempotency-Key", "k");

        var first = await SteerAsync(host, "also that", key);
        var second = await SteerAsync(host, "also that", key);
        var other = await SteerAsync(host, "something else", key);
        release.SetResult();
        await asked;
        var afterwards = await SteerAsync(host, "also that", key);

        Assert.Equal((200, 200, 409, 200), (first.Status, second.Status, other.Status, afterwards.Status));
        Assert.Equal("IDEMPOTENCY_CONFLICT", (string)other.Body!["error"]!["code"]!);
        Assert.Equal(first.Body!.ToJsonString(), second.Body!.ToJsonString());
        Assert.Equal(first.Body.ToJsonString(), afterwards.Body!.ToJsonString());
        Assert.Equal(["go", "first.", "also that", " Then this."], (await host.TranscriptAsync(DefaultSession)).Select(message => message.Content));
    }

    [Fact]
    public async Task Words_that_found_no_run_leave_their_key_unused()
    {
        await using var host = await HostAsync();
        var key = ("Idempotency-Key", "k");
        var early = await SteerAsync(host, "now", key);
        var release = new TaskCompletionSource();
        Model.Enqueue(new ModelScript { Gate = _ => release.Task });
        var asked = host.AskAsync("go");
        await Model.RequestArrivedAsync(AgentsHost.Cancelled);

        var inTime = await SteerAsync(host, "now", key);
        release.SetResult();
        await asked;

        Assert.Equal((409, 200), (early.Status, inTime.Status));
    }

    [Fact]
    public async Task One_key_on_two_routes_is_two_requests()
    {
        await using var host = await HostAsync();
        var key = ("Idempotency-Key", "k");

        Assert.Equal(201, (await host.SendAsync(HttpMethod.Post, "/api/sessions", new JsonObject(), key)).Status);
        Assert.Equal(200, (await host.AskAsync("hello", "s", key)).Status);
    }

    private static Task<(int Status, JsonNode? Body)> SteerAsync(AgentsHost host, string message, (string, string) key) =>
        host.SendAsync(HttpMethod.Post, "/api/agent/steer", new JsonObject { ["session"] = "default", ["message"] = message }, key);
}
