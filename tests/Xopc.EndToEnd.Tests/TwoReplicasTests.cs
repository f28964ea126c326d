using System.Text.Json.Nodes;
using Microsoft.Data.Sqlite;
using Xopc.Testing.Http;
using Xopc.Testing.Models;

namespace Xopc.EndToEnd.Tests;

/// <summary>Two agents processes share the work: whichever a client reaches, it sees and steers what runs in the other, and one takes over from the other.</summary>
public sealed class TwoReplicasTests(TwoReplicas replicas) : IClassFixture<TwoReplicas>
{
    private Deployment Xopc => replicas.Xopc;

    private GatewayClient A => replicas.A;

    private GatewayClient B => replicas.B;

    private FakeOpenAiServer Model => Xopc.Model;

    [Fact]
    public async Task Turns_spread_over_both_processes()
    {
        var release = new TaskCompletionSource();
        Model.ForModel("slow", new ModelScript { Echoes = true, Gate = _ => release.Task });
        var before = Model.Requests.Count;
        var asked = new List<Task<(int Status, JsonNode? Body)>>();

        // Who takes a turn is whoever comes first: where the machine is busy the other process may need a few more.
        await Wait.UntilAsync(
            async () =>
            {
                asked.Add(Xopc.SendAsync(HttpMethod.Post, "/api/agent", Body($"m{asked.Count}", $"spread-{asked.Count}", "fake/slow")));
                await Wait.UntilAsync(() => Task.FromResult(Model.Requests.Count == before + asked.Count), () => $"{Model.Requests.Count - before} of {asked.Count} turns reached the model.");
                return asked.Count >= 12 && await Xopc.CountAsync("SELECT COUNT(DISTINCT owner) FROM key_leases WHERE owner <> '' AND key LIKE '%spread-%'") == 2;
            },
            () => $"One process took all {asked.Count} turns.");
        release.SetResult();

        Assert.Equal(Enumerable.Range(0, asked.Count).Select(i => $"m{i}"), (await Task.WhenAll(asked)).Select(reply => (string)reply.Body!["reply"]!));
    }

    [Fact]
    public async Task The_turns_of_one_session_keep_their_order_though_requests_reach_both()
    {
        var release = new TaskCompletionSource();
        Model.Enqueue(new ModelScript { Echoes = true, Gate = _ => release.Task });
        var asked = new List<Task<(int Status, JsonNode? Body)>>();
        for (var i = 0; i < 10; i++)
        {
            asked.Add((i % 2 == 0 ? A : B).AskAsync($"m{i}", "both"));
            await AcceptedAsync("both", i + 1);
        }

        release.SetResult();

        Assert.Equal(Enumerable.Range(0, 10).Select(i => $"m{i}"), (await Task.WhenAll(asked)).Select(reply => (string)reply.Body!["reply"]!));
        Assert.Equal(Enumerable.Range(0, 20).Select(i => $"m{i / 2}"), (await A.TranscriptAsync("both")).Select(m => m.Content));
    }

    [Fact]
    public async Task A_watcher_at_one_process_sees_a_run_of_the_other_from_its_first_update_to_its_last()
    {
        var gates = Gates(3);
        Model.Enqueue(new ModelScript { Tokens = ["one ", "two ", "three"], Gate = gates.Wait });
        using var events = await A.StreamAsync(HttpMethod.Get, "/api/events");
        using var there = await B.StreamAsync(HttpMethod.Post, "/api/agent", Body("count", "watch"));
        var runId = await RunIdAsync(there);

        using var here = await A.StreamAsync(HttpMethod.Get, $"/api/agent/runs/{runId}/events");
        Assert.Equal("status", (await here.NextAsync())!.Type);
        gates.Open();
        Assert.Equal("one ", Content(await here.UntilAsync(e => e.Type == "token")));
        gates.Open();
        Assert.Equal("two ", Content(await here.UntilAsync(e => e.Type == "token")));
        gates.Open();
        var (mine, theirs) = (await here.ToEndAsync(), await there.ToEndAsync());

        Assert.Equal(("token", "three"), (mine[0].Type, Content(mine[0])));
        Assert.Equal("ok", Status(mine[^1]));
        Assert.Equal((theirs[^1].Id, theirs[^1].Data), (mine[^1].Id, mine[^1].Data));
        var piece = await events.UntilAsync(e => e.Type == "agent.stream" && (string?)e.Json["runId"] == runId && (string)e.Json["event"]!["type"]! == "token");
        Assert.Equal("one ", (string)piece.Json["event"]!["content"]!);
    }

    [Fact]
    public async Task Who_comes_back_to_the_other_process_gets_exactly_what_was_missed()
    {
        var gates = Gates(3);
        Model.Enqueue(new ModelScript { Tokens = ["one ", "two ", "three"], Gate = gates.Wait });
        string runId;
        string last;
        using (var there = await B.StreamAsync(HttpMethod.Post, "/api/agent", Body("count", "back")))
        {
            runId = await RunIdAsync(there);
            gates.Open();
            last = (await there.UntilAsync(e => e.Type == "token")).Id!;
        }

        gates.Open();
        using var here = await A.StreamAsync(HttpMethod.Post, "/api/agent/resume", new JsonObject { ["runId"] = runId }.ToJsonString(), last);
        var two = await here.UntilAsync(e => e.Type == "token");
        gates.Open();
        var rest = await here.ToEndAsync();

        Assert.Equal("two ", Content(two));
        Assert.DoesNotContain(rest, e => e.Type is "reset" or "status");
        Assert.Equal("three", Text(rest));
        Assert.Equal("ok", Status(rest[^1]));
    }

    [Fact]
    public async Task Who_comes_too_late_for_the_first_updates_of_the_others_run_gets_the_whole_text_and_what_follows()
    {
        var (pieces, gates) = (Enumerable.Range(0, 60).Select(i => $"{i} ").ToArray(), Gates(61));
        Model.Enqueue(new ModelScript { Tokens = pieces, Gate = gates.Wait });
        using var there = await B.StreamAsync(HttpMethod.Post, "/api/agent", Body("many", "late"));
        var runId = await RunIdAsync(there);
        for (var i = 0; i < 50; i++)
        {
            gates.Open(); // one by one: what comes together is one update
            await there.UntilAsync(e => e.Type == "token");
        }

        using var here = await A.StreamAsync(HttpMethod.Get, $"/api/agent/runs/{runId}/events", lastEventId: "1.3");
        var reset = await here.UntilAsync(e => e.Type == "reset");
        gates.Open(11);
        var rest = await here.ToEndAsync();

        Assert.StartsWith("0 1 2 3 ", Content(reset), StringComparison.Ordinal);
        // A second reset is right too: what follows may leave the short log before a slow watcher has looked again.
        Assert.Equal(string.Concat(pieces), Reassembled([reset, .. rest]));
        Assert.Equal("ok", Status(rest[^1]));
    }

    [Fact]
    public async Task A_turn_that_waits_behind_the_others_turn_is_watched_from_its_first_update()
    {
        var release = new TaskCompletionSource();
        Model.Enqueue(new ModelScript { Echoes = true, Gate = _ => release.Task });
        var first = B.AskAsync("first", "queue");
        await AcceptedAsync("queue", 1);
        using var waiting = await A.StreamAsync(HttpMethod.Post, "/api/agent", Body("second", "queue"));
        await RunIdAsync(waiting);
        release.SetResult();

        var all = await waiting.ToEndAsync();

        Assert.Equal("1.1", all[0].Id);
        Assert.Equal("second", Text(all));
        Assert.Equal("ok", Status(all[^1]));
        Assert.Equal("first", (string)(await first).Body!["reply"]!);
    }

    [Fact]
    public async Task Aborting_at_one_process_ends_the_run_of_the_other()
    {
        var never = new TaskCompletionSource();
        Model.Enqueue(new ModelScript { Tokens = ["partial", " never"], Gate = n => n == 1 ? never.Task : Task.CompletedTask });
        using var there = await B.StreamAsync(HttpMethod.Post, "/api/agent", Body("go", "abort"));
        var runId = await RunIdAsync(there);
        await there.UntilAsync(e => e.Type == "token");

        var (_, body) = await A.SendAsync(HttpMethod.Post, "/api/agent/abort", new JsonObject { ["runId"] = runId }.ToJsonString());

        Assert.True((bool)body!["payload"]!["aborted"]!);
        Assert.Equal("aborted", Status((await there.ToEndAsync())[^1]));
        Assert.Equal([("user", "go", null), ("assistant", "partial", "aborted")], await A.TranscriptAsync("abort"));
    }

    [Fact]
    public async Task Words_steered_at_one_process_are_answered_in_the_run_of_the_other()
    {
        var release = new TaskCompletionSource();
        Model.Enqueue(new ModelScript { Tokens = ["first."], Gate = _ => release.Task }, ModelScript.Say(" Then this."));
        var asked = B.AskAsync("go", "steer");
        await AcceptedAsync("steer", 1);

        var (status, _) = await A.SendAsync(HttpMethod.Post, "/api/agent/steer", """{"session":"steer","message":"also that"}""");
        release.SetResult();

        Assert.Equal(200, status);
        Assert.Equal("first. Then this.", (string)(await asked).Body!["reply"]!);
        Assert.Equal(["go", "first.", "also that", " Then this."], (await A.TranscriptAsync("steer")).Select(m => m.Content));
    }

    [Fact]
    public async Task When_the_process_of_a_run_is_killed_the_other_runs_it_again_and_its_watchers_see_the_answer()
    {
        Model.Enqueue(new ModelScript { Hangs = true });
        var before = Model.Requests.Count;
        var asked = Broken(B.AskAsync("survive", "dead", ("Idempotency-Key", "dead")));
        await Wait.UntilAsync(() => Task.FromResult(Model.Requests.Count == before + 1), () => "The turn did not reach the model.");
        using var here = await A.StreamAsync(HttpMethod.Post, "/api/agent", Body("survive", "dead"), ("Idempotency-Key", "dead"));
        var waiting = A.AskAsync("survive", "dead", ("Idempotency-Key", "dead"));

        await Xopc.KillReplicaAsync(1);
        await asked;
        var all = await here.ToEndAsync();
        var (status, body) = await waiting;
        await Xopc.StartAgentsAsync(1);

        Assert.Equal("survive", Reassembled(all));
        Assert.Equal("ok", Status(Assert.Single(all, e => e.Type == "result")));
        Assert.Equal((200, "survive"), (status, (string)body!["reply"]!));
        Assert.Equal([("user", "survive", null), ("assistant", "survive", "stop")], await A.TranscriptAsync("dead"));
    }

    [Fact]
    public async Task When_the_process_of_a_run_is_killed_while_it_speaks_its_watchers_keep_what_was_said()
    {
        var never = new TaskCompletionSource();
        Model.Enqueue(new ModelScript { Tokens = ["I was about to", " finish"], Gate = n => n == 1 ? never.Task : Task.CompletedTask });
        var there = await B.StreamAsync(HttpMethod.Post, "/api/agent", Body("speak", "spoken"), ("Idempotency-Key", "spoken"));
        var runId = await RunIdAsync(there);
        using var here = await A.StreamAsync(HttpMethod.Get, $"/api/agent/runs/{runId}/events");
        await here.UntilAsync(e => e.Type == "token");
        await JournalledAsync(runId);

        await Xopc.KillReplicaAsync(1);
        there.Dispose();
        var rest = await here.ToEndAsync();
        var (status, body) = await A.AskAsync("speak", "spoken", ("Idempotency-Key", "spoken"));
        await Xopc.StartAgentsAsync(1);

        Assert.Equal("I was about to", Reassembled(rest));
        Assert.Equal("interrupted", Status(Assert.Single(rest, e => e.Type == "result")));
        Assert.Equal((502, "AGENT_ERROR"), (status, (string)body!["error"]!["code"]!));
        Assert.Equal([("user", "speak", null), ("assistant", "I was about to", "interrupted")], await A.TranscriptAsync("spoken"));
    }

    [Fact]
    public async Task A_process_that_slept_through_a_takeover_stops_its_run_and_shows_its_watchers_the_others()
    {
        Model.Enqueue(new ModelScript { Hangs = true });
        var before = Model.Requests.Count;
        using var there = await B.StreamAsync(HttpMethod.Post, "/api/agent", Body("wake up", "asleep"), ("Idempotency-Key", "asleep"));
        await RunIdAsync(there);
        var waiting = B.AskAsync("wake up", "asleep", ("Idempotency-Key", "asleep"));
        await Wait.UntilAsync(() => Task.FromResult(Model.Requests.Count == before + 1), () => "The turn did not reach the model.");

        await SleepPastItsLeaseAsync("asleep");
        try
        {
            await Wait.UntilAsync(async () => (await A.TranscriptAsync("asleep")).Count == 2, () => "Nobody took the session over.");
        }
        finally
        {
            await Xopc.SignalReplicaAsync(1, "CONT");
        }

        var all = await there.ToEndAsync();
        var (status, body) = await waiting;

        Assert.Equal("wake up", Reassembled(all));
        Assert.Equal("ok", Status(Assert.Single(all, e => e.Type == "result")));
        Assert.Equal((200, "wake up"), (status, (string)body!["reply"]!));
        Assert.Equal([("user", "wake up", null), ("assistant", "wake up", "stop")], await B.TranscriptAsync("asleep"));
        Assert.Equal("next", (string)(await B.AskAsync("next", "asleep")).Body!["reply"]!);
    }

    [Fact]
    public async Task While_Redis_is_away_a_watcher_at_the_other_process_still_learns_the_end()
    {
        var release = new TaskCompletionSource();
        Model.Enqueue(new ModelScript { Tokens = ["before", " after"], Gate = n => n == 1 ? release.Task : Task.CompletedTask });
        using var events = await A.StreamAsync(HttpMethod.Get, "/api/events");
        using var there = await B.StreamAsync(HttpMethod.Post, "/api/agent", Body("go", "away"));
        var runId = await RunIdAsync(there);
        using var here = await A.StreamAsync(HttpMethod.Get, $"/api/agent/runs/{runId}/events");
        await here.UntilAsync(e => e.Type == "token");

        await Xopc.Redis.KillAsync(Wait.Cancelled);
        release.SetResult();
        var (theirs, mine) = (await there.ToEndAsync(), await here.ToEndAsync());
        await Xopc.Redis.RestartAsync(Wait.Cancelled);

        Assert.Equal("ok", Status(theirs[^1]));
        Assert.Equal("ok", Status(Assert.Single(mine, e => e.Type == "result")));
        Assert.Equal("before after", Text([.. mine.Prepend(new SseEvent(null, "token", """{"content":"before"}"""))], reassemble: true));
        await Wait.UntilAsync(async () => (await Xopc.AskAsync("back", "away")).Status == 200, () => "The gateway did not come back with Redis.");

        // This Redis comes back empty: who listens is told so on the stream it has, and goes on with what happens now.
        await events.UntilAsync(e => e.Type == "resync");
        await B.AskAsync("after", "away");
        await events.UntilAsync(e => e.Type == "agent.stream");
    }

    private static string Body(string message, string session, string? model = null) =>
        new JsonObject { ["message"] = message, ["session"] = session, ["model"] = model }.ToJsonString();

    private static async Task<string> RunIdAsync(SseReader stream) => (string)(await stream.NextAsync())!.Json["runId"]!;

    private static string Content(SseEvent update) => (string)update.Json["content"]!;

    private static string Status(SseEvent result) => (string)result.Json["payload"]!["status"]!;

    private static string Text(IReadOnlyList<SseEvent> events, bool reassemble = false) =>
        reassemble ? Reassembled(events) : string.Concat(events.Where(e => e.Type == "token").Select(Content));

    private static string Reassembled(IReadOnlyList<SseEvent> events) =>
        events.Aggregate("", (text, e) => e.Type switch { "token" => text + Content(e), "reset" => Content(e), _ => text });

    // The process dies under this request.
    private static async Task Broken(Task request)
    {
        try
        {
            await request;
        }
        catch (HttpRequestException)
        {
            // As it should.
        }
    }

    private Task AcceptedAsync(string session, int turns) => Wait.UntilAsync(
        async () => await Xopc.CountAsync($"SELECT COUNT(*) FROM runs WHERE session_key = 'main:webchat:default:direct:{session}'") == turns,
        () => $"Turn {turns} was not accepted.");

    private Task JournalledAsync(string runId) => Wait.UntilAsync(
        async () => await Xopc.CountAsync($"SELECT COUNT(*) FROM run_journal WHERE run_id = '{runId}'") > 0, () => "The partial answer was not journalled.");

    // What thirty seconds of sleep do. A process that was stopped in the middle of a write holds the file: it is woken and stopped again.
    private async Task SleepPastItsLeaseAsync(string session)
    {
        var asleep = false;
        await Wait.UntilAsync(
            async () =>
            {
                await Xopc.SignalReplicaAsync(1, "STOP");
                asleep = await TryEndLeaseAsync(session);
                if (!asleep)
                {
                    await Xopc.SignalReplicaAsync(1, "CONT");
                }

                return asleep;
            },
            () => "The process could not be stopped between two writes.");
    }

    private async Task<bool> TryEndLeaseAsync(string session)
    {
        await using var connection = new SqliteConnection($"Data Source={Path.Combine(Xopc.State, "data", "agents.db")};Pooling=False;Default Timeout=1");
        await connection.OpenAsync(Wait.Cancelled);
        await using var command = connection.CreateCommand();
        command.CommandText = "UPDATE key_leases SET until_ms = 0 WHERE key = @key";
        command.Parameters.AddWithValue("@key", $"main:webchat:default:direct:{session}");
        try
        {
            Assert.Equal(1, await command.ExecuteNonQueryAsync(Wait.Cancelled));
            return true;
        }
        catch (SqliteException ex) when (ex.SqliteErrorCode == 5)
        {
            return false;
        }
    }

    private static GateSet Gates(int count) => new(count);

    /// <summary>Gates of a script's pieces, opened one after the other.</summary>
    private sealed class GateSet(int count)
    {
        private readonly TaskCompletionSource[] _gates = [.. Enumerable.Range(0, count).Select(_ => new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously))];
        private int _next;

        public Task Wait(int piece) => piece < _gates.Length ? _gates[piece].Task : Task.CompletedTask;

        public void Open(int gates = 1)
        {
            for (var i = 0; i < gates; i++)
            {
                _gates[_next++].SetResult();
            }
        }
    }
}
