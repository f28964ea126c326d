using Xopc.Agents.Runs;
using Xopc.Agents.Transcripts;
using Xopc.Agents.Turns;
using Xopc.Contracts;
using Xopc.Contracts.Messages;
using Xopc.Storage;
using Xopc.Testing.Storage;

namespace Xopc.Agents.Tests.Turns;

public sealed class TurnStoreTests : IAsyncLifetime
{
    private const string Key = "main:webchat:default:direct:x";
    private static readonly TurnRequested Request = new(Key, "");
    private readonly TestDatabase _test = TestDatabase.Open("agents", null, AgentsSchema.Series);

    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    public ValueTask DisposeAsync() => _test.DisposeAsync();

    [Fact]
    public async Task The_first_turn_of_a_free_session_is_claimed_by_its_acceptance()
    {
        var (result, claimed) = await AcceptAsync("t1", now: 0);

        Assert.Equal(SubmitOutcome.Accepted, result.Outcome);
        Assert.True(result.SessionCreated);
        Assert.Equal("t1", claimed!.Row.Id);
        Assert.Equal(1, claimed.Row.Attempt);
    }

    [Fact]
    public async Task A_turn_claimed_by_its_acceptance_is_told_as_it_stands_in_the_database()
    {
        var (_, claimed) = await AcceptAsync("t1", now: 7);

        var (row, run) = await _test.Database.ReadAsync(reader => (Inbox.Find(reader, "t1")!, RunStore.Find(reader, "run-t1")), AgentsHost.Cancelled);
        Assert.Equal(run, claimed!.Run);
        Assert.Equal(row with { Body = [] }, claimed.Row with { Body = [] });
        Assert.Equal(row.Body, claimed.Row.Body);
        Assert.Equal("running", row.State);
    }

    [Fact]
    public async Task A_turn_accepted_into_a_session_that_was_let_go_with_work_left_waits_behind_it()
    {
        await AcceptAsync("t1", now: 0, claim: false);

        var (_, claimed) = await AcceptAsync("t2", now: 1);

        Assert.Equal(("t1", "run-t1", 1), (claimed!.Row.Id, claimed.Run.RunId, claimed.Row.Attempt));
        Assert.Equal("queued", (await _test.Database.ReadAsync(reader => Inbox.Find(reader, "t2"), AgentsHost.Cancelled))!.State);
    }

    [Fact]
    public async Task A_turn_that_is_known_already_leaves_the_session_free()
    {
        var record = new SubmissionRecord("api:operator:/api/agent:key", "hash");
        var (_, first) = await AcceptAsync("t1", now: 0, record: record);
        await CompleteAsync(first!, "answer", now: 1);

        var (again, claimed) = await AcceptAsync("t1-again", now: 2, record: record);
        var (_, next) = await AcceptAsync("t2", now: 3, owner: "other");

        Assert.Equal((SubmitOutcome.Known, null), (again.Outcome, claimed));
        Assert.Equal("t2", next!.Row.Id);
    }

    [Fact]
    public async Task A_turn_behind_another_waits_and_is_handed_over_by_the_completion()
    {
        var (_, first) = await AcceptAsync("t1", now: 0);
        var (_, second) = await AcceptAsync("t2", now: 1);

        var completion = await CompleteAsync(first!, "answer", now: 2);

        Assert.Null(second);
        Assert.Equal("t2", completion!.Next!.Row.Id);
        Assert.Null((await CompleteAsync(completion.Next, "answer 2", now: 3))!.Next);
    }

    [Fact]
    public async Task After_the_last_turn_the_session_is_free_for_any_process()
    {
        var (_, first) = await AcceptAsync("t1", now: 0);
        await CompleteAsync(first!, "answer", now: 1);

        var (_, second) = await AcceptAsync("t2", now: 2, owner: "other");

        Assert.Equal("other", second!.Lease.Owner);
        Assert.True(second.Lease.Fence > first!.Lease.Fence);
    }

    [Fact]
    public async Task An_owner_that_slept_through_a_takeover_writes_nothing()
    {
        var (_, asleep) = await AcceptAsync("t1", now: 0);
        var late = LeaseOwner.Duration.Ticks / TimeSpan.TicksPerMillisecond + 1;
        var taken = await _test.Database.WriteAsync(
            tx => TurnStore.ClaimNext(tx, KeyLeases.TryTakeFree(tx, Key, "other", late, LeaseOwner.Duration)!), AgentsHost.Cancelled);

        await Assert.ThrowsAsync<FencedException>(() => CompleteAsync(asleep!, "stale", late + 1));
        await CompleteAsync(taken!, "fresh", late + 2);

        Assert.Equal(2, taken!.Row.Attempt);
        Assert.Equal(["hello", "fresh"], await ContentsAsync());
    }

    [Fact]
    public async Task A_turn_that_is_handed_back_costs_no_attempt()
    {
        var (_, claimed) = await AcceptAsync("t1", now: 0);
        await _test.Database.WriteAsync(tx => TurnStore.Return(tx, claimed!), AgentsHost.Cancelled);

        var again = await _test.Database.WriteAsync(
            tx => TurnStore.ClaimNext(tx, KeyLeases.TryTakeFree(tx, Key, "other", 1, LeaseOwner.Duration)!), AgentsHost.Cancelled);

        Assert.Equal(1, again!.Row.Attempt);
    }

    [Fact]
    public async Task Words_steered_in_at_the_last_moment_keep_the_run_open()
    {
        var (_, claimed) = await AcceptAsync("t1", now: 0);
        await _test.Database.WriteAsync(tx => RunStore.Steer(tx, claimed!.Run.RunId, "operator", "wait"), AgentsHost.Cancelled);

        Assert.Null(await CompleteAsync(claimed!, "too early", now: 1, prolongable: true));
        Assert.Equal(["hello"], await ContentsAsync());

        Assert.NotNull(await CompleteAsync(claimed!, "now", now: 2, prolongable: true, steersTaken: 1));
    }

    [Fact]
    public async Task Words_that_no_run_can_answer_any_more_stay_in_the_transcript()
    {
        var (_, claimed) = await AcceptAsync("t1", now: 0);
        await _test.Database.WriteAsync(tx => RunStore.Steer(tx, claimed!.Run.RunId, "operator", "too late"), AgentsHost.Cancelled);

        await CompleteAsync(claimed!, "last", now: 1);

        Assert.Equal(["hello", "last", "too late"], await ContentsAsync());
    }

    [Fact]
    public async Task A_session_that_is_deleted_and_made_again_gets_nothing_of_the_old_runs()
    {
        var (_, old) = await AcceptAsync("t1", now: 0);
        await _test.Database.WriteAsync(
            tx =>
            {
                RunStore.Detach(tx, Key);
                TranscriptStore.DeleteAll(tx, Key);
                Xopc.Agents.Sessions.SessionStore.Delete(tx, Key);
            },
            AgentsHost.Cancelled);
        await AcceptAsync("t2", now: 1, text: "new");

        var next = (await CompleteAsync(old!, "old answer", now: 2))!.Next;
        await CompleteAsync(next!, "new answer", now: 3);

        Assert.Equal(["new", "new answer"], await ContentsAsync());
    }

    [Fact]
    public async Task A_turn_that_cannot_be_ended_goes_to_the_dead_letters_and_the_session_moves_on()
    {
        var (_, first) = await AcceptAsync("t1", now: 0);
        await AcceptAsync("t2", now: 1);

        var given = await _test.Database.WriteAsync(tx => TurnStore.GiveUp(tx, first!, Request, new RunOutcome(RunStates.Error, "", "broken"), 3, 2), AgentsHost.Cancelled);

        Assert.Equal("t2", given.Next!.Row.Id);
        var letter = Assert.Single(await _test.Database.ReadAsync(reader => DeadLetters.List(reader, 0, 10), AgentsHost.Cancelled));
        Assert.Equal(("t1", "broken"), (letter.Id, letter.Reason));
    }

    [Fact]
    public async Task An_answer_that_goes_to_a_channel_leaves_with_the_transcript()
    {
        var target = new DeliveryTarget("telegram", "default", "dm", "42");
        var (_, claimed) = await AcceptAsync("t1", now: 0);
        await _test.Database.WriteAsync(
            tx => TurnStore.Complete(tx, claimed!, Result("answer") with { Request = Request with { ReplyTo = target } }, new RunTrace(5, false, 0), 1), AgentsHost.Cancelled);

        var row = Assert.Single(await _test.Database.ReadAsync(reader => Outbox.Unpublished(reader, 10), AgentsHost.Cancelled));
        Assert.Equal(("reply:t1", WorkStreams.Deliveries, "telegram:default:42"), (row.Message.Id, row.Message.Stream, row.Message.Key));
    }

    [Fact]
    public async Task Answers_stand_below_their_own_questions()
    {
        var (_, first) = await AcceptAsync("t1", now: 0, text: "q1");
        await AcceptAsync("t2", now: 1, text: "q2");
        var second = (await CompleteAsync(first!, "a1", now: 2))!.Next;
        await CompleteAsync(second!, "a2", now: 3);

        Assert.Equal(["q1", "a1", "q2", "a2"], await ContentsAsync());
    }

    private static TurnResult Result(string answer, bool prolongable = false) => new(
        Request, new RunOutcome(RunStates.Ok, answer, null),
        [new TranscriptMessage { Role = "assistant", Content = answer, Timestamp = DateTimeOffset.UnixEpoch }], "fake/echo", "name", prolongable);

    private Task<(SubmitResult Result, ClaimedTurn? Claimed)> AcceptAsync(
        string id, long now, string owner = "me", string text = "hello", bool claim = true, SubmissionRecord? record = null) =>
        _test.Database.WriteAsync(
            tx => TurnStore.Accept(
                tx,
                new TurnSubmission(
                    id, SessionKey.Parse(Key, null), Principal.Operator,
                    new TranscriptMessage { Role = "user", Content = text, Timestamp = DateTimeOffset.UnixEpoch }, Request, null, record),
                "run-" + id, 100, owner, claim, now),
            AgentsHost.Cancelled);

    private Task<TurnCompletion?> CompleteAsync(ClaimedTurn claimed, string answer, long now, bool prolongable = false, long steersTaken = 0) =>
        _test.Database.WriteAsync(tx => TurnStore.Complete(tx, claimed, Result(answer, prolongable), new RunTrace(5, false, steersTaken), now), AgentsHost.Cancelled);

    private async Task<IEnumerable<string>> ContentsAsync() =>
        (await _test.Database.ReadAsync(reader => TranscriptStore.Page(reader, Key, 0, 100), AgentsHost.Cancelled)).Select(body => TranscriptStore.Read(body).Content);
}
