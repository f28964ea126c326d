using System.Text;
using Xopc.Contracts.Messages;
using Xopc.Testing.Storage;

namespace Xopc.Storage.Tests;

public sealed class InboxTests : IAsyncDisposable
{
    private const string Key = "main:webchat";
    private static readonly TimeSpan Minute = TimeSpan.FromMinutes(1);
    private readonly TestDatabase _test = TestDatabase.Open();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public ValueTask DisposeAsync() => _test.DisposeAsync();

    [Fact]
    public async Task A_message_comes_back_from_the_inbox_as_it_was_accepted()
    {
        await AcceptAsync(Message.Of("a", text: "grüß dich \0 🦉"));

        var row = await ClaimAsync(await TakeAsync("p1"));

        Assert.NotNull(row);
        Assert.Equal(("a", WorkStreams.Turns, Key, "ada", "running", 1), (row.Id, row.Stream, row.Key, row.PrincipalId, row.State, row.Attempt));
        Assert.Equal("grüß dich \0 🦉", Encoding.UTF8.GetString(row.Body));
        Assert.Equal("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01", row.TraceParent);
        Assert.Equal(1_000, row.AcceptedMs);
    }

    [Fact]
    public async Task A_message_without_body_and_trace_is_a_message()
    {
        await WriteAsync(tx => Inbox.Accept(tx, new StreamMessage("a", WorkStreams.Turns, Key, default, "", "ada"), 1, 0));

        var row = await ClaimAsync(await TakeAsync("p1"));

        Assert.Empty(row!.Body);
        Assert.Null(row.TraceParent);
    }

    [Fact]
    public async Task An_id_is_accepted_once_even_when_its_key_is_full_and_after_it_is_done()
    {
        Assert.Equal(AcceptOutcome.Accepted, await AcceptAsync(Message.Of("a"), capacity: 1));
        Assert.Equal(AcceptOutcome.Duplicate, await AcceptAsync(Message.Of("a"), capacity: 1));
        Assert.Equal(AcceptOutcome.KeyFull, await AcceptAsync(Message.Of("b"), capacity: 1));
        var lease = await TakeAsync("p1");
        await ClaimAsync(lease);
        await WriteAsync(tx => Inbox.Complete(tx, lease, "a", 2_000));

        Assert.Equal(AcceptOutcome.Duplicate, await AcceptAsync(Message.Of("a"), capacity: 1));
        Assert.Equal(AcceptOutcome.Accepted, await AcceptAsync(Message.Of("b"), capacity: 1));
    }

    [Fact]
    public async Task The_bound_of_one_key_does_not_bound_another()
    {
        await AcceptAsync(Message.Of("a", key: "one"), capacity: 1);

        Assert.Equal(AcceptOutcome.Accepted, await AcceptAsync(Message.Of("b", key: "two"), capacity: 1));
    }

    [Fact]
    public async Task Rows_of_a_key_are_worked_in_the_order_they_were_accepted()
    {
        foreach (var id in new[] { "c", "a", "b" })
        {
            await AcceptAsync(Message.Of(id));
        }

        var lease = await TakeAsync("p1");
        List<string> worked = [];
        while (await ClaimAsync(lease) is { } row)
        {
            worked.Add(row.Id);
            await WriteAsync(tx => Inbox.Complete(tx, lease, row.Id, 2_000));
        }

        Assert.Equal(["c", "a", "b"], worked);
    }

    [Fact]
    public async Task A_row_left_running_is_handed_to_the_next_owner_with_another_attempt_charged()
    {
        await AcceptAsync(Message.Of("a"));
        await ClaimAsync(await TakeAsync("p1", now: 0));

        var row = await ClaimAsync(await TakeAsync("p2", now: 60_001));

        Assert.Equal(("a", 2), (row!.Id, row.Attempt));
    }

    [Fact]
    public async Task A_returned_row_costs_no_attempt_and_keeps_its_place()
    {
        await AcceptAsync(Message.Of("a"));
        await AcceptAsync(Message.Of("b"));
        var lease = await TakeAsync("p1");
        await ClaimAsync(lease);

        await WriteAsync(tx => Inbox.Return(tx, lease, "a"));

        Assert.Equal(("queued", 0), await StateAsync("a"));
        Assert.Equal(("a", 1), await ClaimAsync(lease) is { } row ? (row.Id, row.Attempt) : default);
    }

    [Fact]
    public async Task A_refused_message_is_a_dead_letter_of_its_sender_and_never_work_of_its_key()
    {
        await AcceptAsync(Message.Of("a"));
        var lease = await TakeAsync("p1");
        await ClaimAsync(lease);

        Assert.True(await WriteAsync(tx => Inbox.Refuse(tx, Message.Of("b"), 5, "not readable", 7)));
        Assert.False(await WriteAsync(tx => Inbox.Refuse(tx, Message.Of("b"), 6, "again", 8)));

        Assert.Equal(AcceptOutcome.Duplicate, await AcceptAsync(Message.Of("b")));
        Assert.Equal(("dead", 5), await StateAsync("b"));
        await WriteAsync(tx => Inbox.Complete(tx, lease, "a", 2_000));
        Assert.Null(await ClaimAsync(lease));
        var letter = Assert.Single(await ReadAsync(reader => DeadLetters.List(reader, 0, 10)));
        Assert.Equal(("b", "not readable", 5, 7L), (letter.Id, letter.Reason, letter.Attempts, letter.BuriedMs));
        Assert.Equal(Message.Of("b").Body.ToArray(), letter.Body);
    }

    [Fact]
    public async Task A_stale_owner_can_end_nothing_and_nothing_of_its_write_remains()
    {
        await AcceptAsync(Message.Of("a"));
        var stale = await TakeAsync("p1", now: 0);
        await ClaimAsync(stale);
        var current = await TakeAsync("p2", now: 60_001);

        foreach (var end in new Action<DatabaseTransaction>[]
        {
            tx => Inbox.Complete(tx, stale, "a", 0), tx => Inbox.Return(tx, stale, "a"), tx => Inbox.Bury(tx, stale, "a", "no", 0),
            tx => Inbox.ClaimNext(tx, stale), tx => KeyLeases.Release(tx, stale), tx => KeyLeases.Verify(tx, stale),
        })
        {
            await Assert.ThrowsAsync<FencedException>(() => WriteAsync(tx =>
            {
                Outbox.Add(tx, Message.Of("answer", stream: WorkStreams.Deliveries), 0);
                end(tx);
            }));
        }

        Assert.Empty(await ReadAsync(reader => Outbox.Unpublished(reader, 10)));
        Assert.Empty(await ReadAsync(reader => DeadLetters.List(reader, 0, 10)));
        Assert.Equal(("running", 1), await StateAsync("a"));
        await ClaimAsync(current);
        await WriteAsync(tx => Inbox.Complete(tx, current, "a", 0));
        Assert.Equal(("done", 2), await StateAsync("a"));
    }

    [Fact]
    public async Task Ending_a_row_that_was_not_claimed_or_belongs_to_another_key_is_a_mistake_that_is_told()
    {
        await AcceptAsync(Message.Of("a"));
        await AcceptAsync(Message.Of("other", key: "other"));
        var lease = await TakeAsync("p1");

        await Assert.ThrowsAsync<InvalidOperationException>(() => WriteAsync(tx => Inbox.Complete(tx, lease, "a", 0)));
        await Assert.ThrowsAsync<InvalidOperationException>(() => WriteAsync(tx => Inbox.Complete(tx, lease, "other", 0)));
        await Assert.ThrowsAsync<InvalidOperationException>(() => WriteAsync(tx => Inbox.Bury(tx, lease, "a", "no", 0)));

        Assert.Equal(("queued", 0), await StateAsync("a"));
        Assert.Empty(await ReadAsync(reader => DeadLetters.List(reader, 0, 10)));
    }

    [Fact]
    public async Task A_done_row_gives_its_body_back_to_the_disk_and_keeps_its_id()
    {
        await AcceptAsync(Message.Of("a", text: new string('x', 100_000)));
        var lease = await TakeAsync("p1");
        await ClaimAsync(lease);

        await WriteAsync(tx => Inbox.Complete(tx, lease, "a", 5));

        var row = await ReadAsync(reader => Inbox.Find(reader, "a"));
        Assert.Equal(("done", 0), (row!.State, row.Body.Length));
    }

    [Fact]
    public async Task A_buried_row_is_a_dead_letter_and_its_key_moves_on()
    {
        await AcceptAsync(Message.Of("a", text: "poison"));
        await AcceptAsync(Message.Of("b"));
        var lease = await TakeAsync("p1");
        await ClaimAsync(lease);

        await WriteAsync(tx => Inbox.Bury(tx, lease, "a", "died three times", 7));

        var letter = Assert.Single(await ReadAsync(reader => DeadLetters.List(reader, 0, 10)));
        Assert.Equal(("a", "ada", "poison", "died three times", 1, 7L), (letter.Id, letter.PrincipalId, Encoding.UTF8.GetString(letter.Body), letter.Reason, letter.Attempts, letter.BuriedMs));
        Assert.Equal("b", (await ClaimAsync(lease))!.Id);
        Assert.Equal(AcceptOutcome.Duplicate, await AcceptAsync(Message.Of("a")));
    }

    [Fact]
    public async Task A_retried_dead_letter_is_the_newest_of_its_key_with_no_attempt_charged()
    {
        await AcceptAsync(Message.Of("a", text: "poison"));
        await AcceptAsync(Message.Of("b"));
        var lease = await TakeAsync("p1");
        await ClaimAsync(lease);
        await WriteAsync(tx => Inbox.Bury(tx, lease, "a", "died", 7));

        Assert.True(await WriteAsync(tx => DeadLetters.Retry(tx, "a", 9)));
        Assert.False(await WriteAsync(tx => DeadLetters.Retry(tx, "a", 9)));

        Assert.Equal("b", (await ClaimAsync(lease))!.Id);
        await WriteAsync(tx => Inbox.Complete(tx, lease, "b", 9));
        var again = await ClaimAsync(lease);
        Assert.Equal(("a", 1, "poison"), (again!.Id, again.Attempt, Encoding.UTF8.GetString(again.Body)));
        Assert.Empty(await ReadAsync(reader => DeadLetters.List(reader, 0, 10)));
    }

    [Fact]
    public async Task A_discarded_dead_letter_is_gone_and_its_id_stays_known()
    {
        await AcceptAsync(Message.Of("a"));
        var lease = await TakeAsync("p1");
        await ClaimAsync(lease);
        await WriteAsync(tx => Inbox.Bury(tx, lease, "a", "died", 7));

        Assert.True(await WriteAsync(tx => DeadLetters.Discard(tx, "a")));
        Assert.False(await WriteAsync(tx => DeadLetters.Discard(tx, "a")));

        Assert.Equal(AcceptOutcome.Duplicate, await AcceptAsync(Message.Of("a")));
    }

    [Fact]
    public async Task Idle_keys_are_those_with_work_and_no_live_lease_oldest_first()
    {
        await AcceptAsync(Message.Of("1", key: "held"));
        await AcceptAsync(Message.Of("2", key: "young-released"));
        await AcceptAsync(Message.Of("3", key: "expired"));
        await AcceptAsync(Message.Of("4", key: "young-released"));
        await AcceptAsync(Message.Of("5", key: "done"));
        await AcceptAsync(Message.Of("6", key: "elsewhere", stream: WorkStreams.Deliveries));
        await TakeAsync("p1", "held", now: 100_000);
        var released = await TakeAsync("p1", "young-released", now: 100_000);
        await WriteAsync(tx => KeyLeases.Release(tx, released));
        await TakeAsync("p2", "expired", now: 0);
        var done = await TakeAsync("p1", "done", now: 100_000);
        await ClaimAsync(done);
        await WriteAsync(tx =>
        {
            Inbox.Complete(tx, done, "5", 100_000);
            KeyLeases.Release(tx, done);
        });

        Assert.Equal(["young-released", "expired"], await ReadAsync(reader => Inbox.IdleKeys(reader, WorkStreams.Turns, 100_001, 10)));
        Assert.Equal(["young-released"], await ReadAsync(reader => Inbox.IdleKeys(reader, WorkStreams.Turns, 100_001, 1)));
        Assert.Equal(["elsewhere"], await ReadAsync(reader => Inbox.IdleKeys(reader, WorkStreams.Deliveries, 100_001, 10)));
    }

    [Fact]
    public async Task Claiming_and_looking_for_idle_keys_use_an_index_whatever_lies_done_in_the_table()
    {
        foreach (var sql in new[]
        {
            "UPDATE inbox SET state = 'running' WHERE seq = (SELECT seq FROM inbox WHERE key = @key AND ended_ms IS NULL ORDER BY seq LIMIT 1)",
            "SELECT COUNT(*) FROM inbox WHERE key = @key AND ended_ms IS NULL",
            "SELECT key, MIN(seq) AS oldest FROM inbox WHERE ended_ms IS NULL AND stream = @key GROUP BY key",
        })
        {
            var plan = await ReadAsync(reader => reader.Query($"EXPLAIN QUERY PLAN {sql}", row => row.GetString(3), ("key", "x")));

            Assert.Contains(plan, step => step.Contains("inbox_unfinished", StringComparison.Ordinal));
            Assert.DoesNotContain(plan, step => step.EndsWith("SCAN inbox", StringComparison.Ordinal) || step.Contains("TEMP B-TREE", StringComparison.Ordinal));
        }
    }

    [Fact]
    public async Task Accepting_taking_and_claiming_are_one_transaction_and_so_is_completing_and_going_on()
    {
        var (first, lease) = await WriteAsync(tx =>
        {
            Inbox.Accept(tx, Message.Of("a"), 100, 0);
            Inbox.Accept(tx, Message.Of("b"), 100, 0);
            var taken = KeyLeases.TryTake(tx, Key, "p1", 0, Minute)!;
            return (Inbox.ClaimNext(tx, taken)!, taken);
        });
        var second = await WriteAsync(tx =>
        {
            Inbox.Complete(tx, lease, first.Id, 1);
            return Inbox.ClaimNext(tx, lease)!;
        });
        var third = await WriteAsync(tx =>
        {
            Inbox.Complete(tx, lease, second.Id, 1);
            var next = Inbox.ClaimNext(tx, lease);
            if (next is null)
            {
                KeyLeases.Release(tx, lease);
            }

            return next;
        });

        Assert.Equal(("a", "b", null), (first.Id, second.Id, third?.Id));
        Assert.NotNull(await WriteAsync(tx => KeyLeases.TryTake(tx, Key, "p2", 1, Minute)));
    }

    private Task<AcceptOutcome> AcceptAsync(StreamMessage message, int capacity = 100) => WriteAsync(tx => Inbox.Accept(tx, message, capacity, 1_000));

    private async Task<KeyLease> TakeAsync(string owner, string key = Key, long now = 0) =>
        await WriteAsync(tx => KeyLeases.TryTake(tx, key, owner, now, Minute)) ?? throw new InvalidOperationException("held");

    private Task<InboxRow?> ClaimAsync(KeyLease lease) => WriteAsync(tx => Inbox.ClaimNext(tx, lease));

    private async Task<(string, int)> StateAsync(string id) => await ReadAsync(reader => Inbox.Find(reader, id)) is { } row ? (row.State, row.Attempt) : default;

    private Task<T> WriteAsync<T>(Func<DatabaseTransaction, T> work) => _test.Database.WriteAsync(work, Cancellation);

    private Task WriteAsync(Action<DatabaseTransaction> work) => _test.Database.WriteAsync(work, Cancellation);

    private ValueTask<T> ReadAsync<T>(Func<DatabaseReader, T> work) => _test.Database.ReadAsync(work, Cancellation);
}
