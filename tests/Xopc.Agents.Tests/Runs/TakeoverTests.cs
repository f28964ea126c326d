using System.Text.Json.Nodes;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Time.Testing;
using Xopc.Agents.Runs;
using Xopc.Agents.Turns;
using Xopc.Contracts.Messages;
using Xopc.Storage;
using Xopc.Testing.Http;
using Xopc.Testing.Models;

namespace Xopc.Agents.Tests.Runs;

/// <summary>Another process takes a session over while this one still runs its turn: nothing is written twice, and nobody who waits here waits in vain.</summary>
public sealed class TakeoverTests : IAsyncLifetime
{
    private const string Key = "main:webchat:default:direct:s";
    private FakeOpenAiServer _model = null!;

    public async ValueTask InitializeAsync() => _model = await FakeOpenAiServer.StartAsync();

    public ValueTask DisposeAsync() => _model.DisposeAsync();

    [Fact]
    public async Task The_run_is_stopped_and_who_waits_for_it_here_gets_the_outcome_of_the_other_process()
    {
        var clock = new FakeTimeProvider(DateTimeOffset.UtcNow);
        await using var host = await HostAsync(clock);
        _model.Enqueue(new ModelScript { Tokens = ["stale", " words"], HangsAfter = 1 });
        using var watching = await KeyedStreamAsync(host, "go");
        var runId = (string)(await watching.NextAsync())!.Json["runId"]!;
        var waiting = host.AskAsync("go", "s", ("Idempotency-Key", "k"));
        await watching.UntilAsync(e => e.Type == "token");

        var theirs = await TakeOverAsync(host);
        var rest = watching.ToEndAsync();
        await UntilLeftAsync(host, runId, clock);
        Assert.Equal("", await Database(host).ReadAsync(reader => RunStore.Journalled(reader, runId), AgentsHost.Cancelled)); // what it still had is not mixed with theirs
        await CompleteAsync(host, theirs, "their answer");
        var all = await PassingTimeAsync(rest, clock);
        var (status, body) = await PassingTimeAsync(waiting, clock);

        Assert.Equal("their answer", (string)all.Last(e => e.Type == "reset").Json["content"]!);
        Assert.Equal("ok", (string)Assert.Single(all, e => e.Type == "result").Json["payload"]!["status"]!);
        Assert.Equal((200, "their answer"), (status, (string)body!["reply"]!));
        Assert.Equal([("user", "go"), ("assistant", "their answer")], await host.TranscriptAsync(Key));
        Assert.Equal(0, host.Get<RunWaiters>().Count);
    }

    [Fact]
    public async Task A_process_that_was_away_for_long_does_not_begin_its_own_session_twice()
    {
        var release = new TaskCompletionSource();
        await using var host = await HostAsync(TimeProvider.System);
        _model.Enqueue(new ModelScript { Echoes = true, Gate = _ => release.Task });
        var first = host.AskAsync("first", "s");
        await _model.RequestArrivedAsync(AgentsHost.Cancelled);

        // As after a sleep of the machine: the time of the lease is over, and nobody has renewed it yet.
        await Database(host).WriteAsync(tx => { tx.Execute("UPDATE key_leases SET until_ms = 0 WHERE key = @key", ("key", Key)); }, AgentsHost.Cancelled);
        var second = host.AskAsync("second", "s");
        while ((await host.TranscriptAsync(Key)).Count < 2)
        {
            await Task.Yield();
        }

        Assert.Single(_model.Requests);
        release.SetResult();
        Assert.Equal("first", (string)(await first).Body!["reply"]!);
        Assert.Equal("second", (string)(await second).Body!["reply"]!);
        Assert.Equal(["first", "first", "second", "second"], (await host.TranscriptAsync(Key)).Select(m => m.Content));
    }

    [Fact]
    public async Task Of_two_requests_with_one_key_one_may_leave_and_the_other_is_answered()
    {
        var release = new TaskCompletionSource();
        await using var host = await HostAsync(TimeProvider.System);
        _model.Enqueue(new ModelScript { Echoes = true, Gate = _ => release.Task });
        using var leaving = new CancellationTokenSource();
        using var request = new HttpRequestMessage(HttpMethod.Post, "/api/agent") { Content = new StringContent(Message("once").ToJsonString(), null, "application/json") };
        request.Headers.Add("Idempotency-Key", "k");
        var left = host.Client.SendAsync(request, leaving.Token);
        await _model.RequestArrivedAsync(AgentsHost.Cancelled);
        var stays = host.AskAsync("once", "s", ("Idempotency-Key", "k"));
        await leaving.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => left);
        using (var third = await KeyedStreamAsync(host, "once"))
        {
            Assert.Equal("status", (await third.NextAsync())!.Type);
        }

        release.SetResult();

        var (status, body) = await stays.WaitAsync(AgentsHost.Generous, AgentsHost.Cancelled);
        Assert.Equal((200, "once"), (status, (string)body!["reply"]!));
    }

    private static async Task<SseReader> KeyedStreamAsync(AgentsHost host, string text)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, "/api/agent") { Content = new StringContent(Message(text).ToJsonString(), null, "application/json") };
        request.Headers.Add("Idempotency-Key", "k");
        request.Headers.Accept.ParseAdd("text/event-stream");
        var response = await host.Client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, AgentsHost.Cancelled);
        return new SseReader(response, await response.Content.ReadAsStreamAsync(AgentsHost.Cancelled), AgentsHost.Generous, breakIsEnd: false, AgentsHost.Cancelled);
    }

    private static JsonObject Message(string text) => new() { ["message"] = text, ["session"] = "s" };

    private static Database Database(AgentsHost host) => host.Services.GetRequiredKeyedService<Database>(AgentsSchema.Database);

    private Task<AgentsHost> HostAsync(TimeProvider clock) => AgentsHost.StartAsync(_model.BaseUrl, build: builder => builder.Services.AddSingleton(clock));

    private static Task<ClaimedTurn> TakeOverAsync(AgentsHost host) => Database(host).WriteAsync(
        tx =>
        {
            var lease = KeyLeases.TryTakeFree(tx, Key, "elsewhere/1/1/x", long.MaxValue - 60_000, LeaseOwner.Duration)!;
            return TurnStore.ClaimNext(tx, lease)!;
        },
        AgentsHost.Cancelled);

    private static Task<TurnCompletion?> CompleteAsync(AgentsHost host, ClaimedTurn claimed, string answer)
    {
        var message = new Transcripts.TranscriptMessage { Role = "assistant", Content = answer, Timestamp = DateTimeOffset.UnixEpoch, TurnId = claimed.Row.Id, StopReason = "stop" };
        var result = new TurnResult(new TurnRequested(Key, ""), new RunOutcome(RunStates.Ok, answer, null), [message]);
        return Database(host).WriteAsync(tx => TurnStore.Complete(tx, claimed, result, new RunTrace(9, true, 0), 0), AgentsHost.Cancelled);
    }

    // The host looks after its leases once in a while, by a clock that only this moves: not so far that the model's silence ends the run.
    private static async Task UntilLeftAsync(AgentsHost host, string runId, FakeTimeProvider clock)
    {
        using var limit = new CancellationTokenSource(AgentsHost.Generous);
        for (var seconds = 0; host.Get<SessionLanes>().Find(runId) is not null; seconds++)
        {
            Assert.False(limit.IsCancellationRequested, "The run was not stopped.");
            clock.Advance(TimeSpan.FromSeconds(seconds < 15 ? 1 : 0));
            await Task.Yield();
        }
    }

    private static async Task<T> PassingTimeAsync<T>(Task<T> task, FakeTimeProvider clock)
    {
        using var limit = new CancellationTokenSource(AgentsHost.Generous);
        while (!task.IsCompleted)
        {
            Assert.False(limit.IsCancellationRequested, "Nobody told the end of the run.");
            clock.Advance(TimeSpan.FromMilliseconds(50));
            await Task.Yield();
        }

        return await task;
    }
}
