using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.Extensions.DependencyInjection;
using Xopc.Agents.Runs;
using Xopc.Contracts;
using Xopc.Contracts.Messages;
using Xopc.Storage;
using Xopc.Testing.Models;

namespace Xopc.Agents.Tests.Runs;

/// <summary>What nobody waits for any more when it ends becomes a delivery to the session's webchat; what somebody was handed does not.</summary>
public sealed class RunAudienceTests : ModelHostTest
{
    private readonly TaskCompletionSource _release = new();

    [Fact]
    public async Task The_answer_to_a_client_that_left_is_a_delivery_of_the_transaction_that_ends_the_run()
    {
        await using var host = await HostAsync();
        var runId = await LeaveInTheMiddleAsync(host);
        await WatchedByAsync(host, runId, "");

        _release.SetResult();

        var (row, delivery) = await DeliveredAsync(host);
        var turn = (await RunAsync(host, runId))!.TurnId;
        Assert.Equal(($"reply:{turn}", $"webchat:default:{DefaultSession}"), (row.Id, row.Key));
        Assert.Equal(
            new DeliveryRequested(new DeliveryTarget("webchat", "default", "dm", DefaultSession), "onetwo", SessionKey: DefaultSession, TurnId: turn, InSession: true), delivery);
    }

    [Fact]
    public async Task Who_was_handed_the_answer_gets_no_delivery_of_it()
    {
        await using var host = await HostAsync();
        await host.AskAsync("whole");
        using (var stream = await host.StreamAsync(HttpMethod.Post, "/api/agent", Message("in pieces")))
        {
            await stream.ToEndAsync();
        }

        await host.SendAsync(HttpMethod.Post, "/api/message/sync", JsonNode.Parse("""{"channel":"webchat","chat_id":"default","content":"in sync"}"""));
        Model.Enqueue(ModelScript.Fail(400));
        await host.AskAsync("in vain");

        Assert.Equal(0, await OutboxAsync(host));
    }

    [Fact]
    public async Task Who_goes_as_soon_as_the_end_is_there_has_heard_it()
    {
        await using var host = await AgentsHost.StartAsync(Model.BaseUrl, overHttp: true);
        for (var i = 0; i < 20; i++)
        {
            using var stream = await host.StreamAsync(HttpMethod.Post, "/api/agent", Message("go"));
            await stream.UntilAsync(e => e.Type == "result");
        }

        await host.AskAsync("all of them have left");

        Assert.Equal(0, await OutboxAsync(host));
    }

    [Fact]
    public async Task Who_comes_back_and_hears_the_end_gets_no_delivery_of_it()
    {
        await using var host = await HostAsync();
        var runId = await LeaveInTheMiddleAsync(host);
        await WatchedByAsync(host, runId, "");
        using var back = await host.StreamAsync(HttpMethod.Get, $"/api/agent/runs/{runId}/events");
        await back.UntilAsync(e => e.Type == "token");

        _release.SetResult();
        await back.ToEndAsync();

        Assert.Equal(0, await OutboxAsync(host));
    }

    [Fact]
    public async Task As_long_as_one_listens_nobody_has_left()
    {
        await using var host = await HostAsync();
        Model.Enqueue(Script());
        using var stays = await host.StreamAsync(HttpMethod.Post, "/api/agent", Message("go"));
        var runId = (string)(await stays.NextAsync())!.Json["runId"]!;
        using (var leaves = await host.StreamAsync(HttpMethod.Get, $"/api/agent/runs/{runId}/events"))
        {
            await leaves.UntilAsync(e => e.Type == "token");
        }

        _release.SetResult();
        await stays.ToEndAsync();

        Assert.Equal(0, await OutboxAsync(host));
    }

    [Fact]
    public async Task Whoever_looks_at_a_run_that_was_told_and_goes_in_the_middle_causes_nothing()
    {
        await using var host = await HostAsync();
        var (_, body) = await host.AskAsync("hello");
        await using (var seat = await host.Get<RunAudience>().ComeBackAsync((string)body!["runId"]!))
        {
            Assert.False(seat.Served);
        }

        Assert.Equal(0, await OutboxAsync(host));
    }

    [Fact]
    public async Task A_client_that_left_in_the_moment_of_the_end_gets_its_delivery_afterwards_once()
    {
        await using var host = await HostAsync();
        var (_, body) = await host.AskAsync("hello");
        var (audience, runId) = (host.Get<RunAudience>(), (string)body!["runId"]!);

        await audience.LeaveAsync(runId, served: false);
        await audience.LeaveAsync(runId, served: false);

        var (_, delivery) = await DeliveredAsync(host);
        Assert.Equal(("hello", true), (delivery.Text, delivery.InSession));
        Assert.Equal(1, await OutboxAsync(host));
    }

    [Fact]
    public async Task Whoever_waited_no_longer_than_he_said_has_left()
    {
        await using var host = await HostAsync();
        Model.Enqueue(Script());

        await host.SendAsync(HttpMethod.Post, "/api/message/sync", JsonNode.Parse("""{"channel":"webchat","chat_id":"default","content":"go","timeoutMs":1}"""));
        _release.SetResult();

        Assert.Equal("onetwo", (await DeliveredAsync(host)).Delivery.Text);
    }

    [Fact]
    public async Task A_client_whose_process_died_has_left()
    {
        await using var host = await HostAsync();
        Model.Enqueue(Script());
        using var stream = await host.StreamAsync(HttpMethod.Post, "/api/agent", Message("go"));
        var runId = (string)(await stream.NextAsync())!.Json["runId"]!;
        await Database(host).WriteAsync(tx => tx.Execute("UPDATE runs SET watcher = @dead", ("dead", $"{Environment.MachineName}/2147483647/1/x")), AgentsHost.Cancelled);

        _release.SetResult();

        Assert.Equal("onetwo", (await DeliveredAsync(host)).Delivery.Text);
        Assert.Equal(RunStates.Ok, (await RunAsync(host, runId))!.State);
    }

    [Fact]
    public async Task What_went_wrong_is_told_too_and_a_session_that_was_deleted_is_not()
    {
        await using var host = await HostAsync();
        Model.Enqueue(Script() with { ErrorAfter = 1, ErrorCode = "invalid_request_error" });
        var failing = await LeaveAsync(host, "first");
        var gone = new TaskCompletionSource();
        Model.Enqueue(new ModelScript { Tokens = ["gone"], Gate = _ => gone.Task });
        await LeaveAsync(host, "second");
        await WatchedByAsync(host, failing, "");
        await host.SendAsync(HttpMethod.Delete, "/api/sessions/main:webchat:default:direct:second");

        _release.SetResult();
        gone.SetResult();

        await UntilAsync(host, async () => await Database(host).ReadAsync(reader => reader.Scalar("SELECT COUNT(*) FROM runs WHERE ended_ms IS NULL") is 0L, AgentsHost.Cancelled));
        var (_, delivery) = await DeliveredAsync(host);
        Assert.Equal("main:webchat:default:direct:first", delivery.SessionKey);
        Assert.Equal(1, await OutboxAsync(host));
    }

    private ModelScript Script() => new() { Tokens = ["one", "two"], Gate = n => n == 1 ? _release.Task : Task.CompletedTask };

    private Task<string> LeaveInTheMiddleAsync(AgentsHost host)
    {
        Model.Enqueue(Script());
        return LeaveAsync(host, "default", seen: "token");
    }

    private static async Task<string> LeaveAsync(AgentsHost host, string session, string seen = "status")
    {
        using var stream = await host.StreamAsync(HttpMethod.Post, "/api/agent", new JsonObject { ["message"] = "go", ["session"] = session });
        var status = await stream.NextAsync();
        if (seen != "status")
        {
            await stream.UntilAsync(e => e.Type == seen);
        }

        return (string)status!.Json["runId"]!;
    }

    private static Task WatchedByAsync(AgentsHost host, string runId, string watcher) => UntilAsync(
        host, async () => await Database(host).ReadAsync(reader => reader.Scalar("SELECT watcher FROM runs WHERE run_id = @run", ("run", runId)) as string == watcher, AgentsHost.Cancelled));

    private static ValueTask<RunRow?> RunAsync(AgentsHost host, string runId) => Database(host).ReadAsync(reader => RunStore.Find(reader, runId), AgentsHost.Cancelled);

    private static async Task<long> OutboxAsync(AgentsHost host) =>
        (long)(await Database(host).ReadAsync(reader => reader.Scalar("SELECT COUNT(*) FROM outbox"), AgentsHost.Cancelled))!;

    private static async Task<((string Id, string Key) Row, DeliveryRequested Delivery)> DeliveredAsync(AgentsHost host)
    {
        StreamMessage? found = null;
        await UntilAsync(host, async () => (found = (await Database(host).ReadAsync(reader => Outbox.Unpublished(reader, WorkStreams.Deliveries, 1), AgentsHost.Cancelled)).FirstOrDefault()?.Message) is not null);
        return ((found!.Id, found.Key), JsonSerializer.Deserialize(found.Body.Span, ContractsJson.Default.DeliveryRequested)!);
    }

    private static Database Database(AgentsHost host) => host.Services.GetRequiredKeyedService<Database>(AgentsSchema.Database);
}
