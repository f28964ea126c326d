using System.Data.Common;
using Xopc.Contracts.Messages;
using Xopc.Storage.Sqlite;
using Xopc.Testing.Storage;

namespace Xopc.Storage.Tests.Sqlite;

public sealed class GroupCommitTests : IAsyncDisposable
{
    private readonly TempDirectory _directory = new();
    private readonly TestDatabase _test;

    public GroupCommitTests() => _test = TestDatabase.OpenAt(_directory.File("test.db"), clock: null, Child.Numbers);

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    private Database Database => _test.Database;

    public async ValueTask DisposeAsync()
    {
        await _test.DisposeAsync();
        _directory.Dispose();
    }

    [Fact]
    public async Task Writes_that_wait_together_are_committed_together_and_one_that_throws_undoes_only_itself()
    {
        var seen = new List<long>();
        var group = await HoldWriterWhileAsync(() => new[]
        {
            InsertAsync(1), InsertAsync(2),
            Database.WriteAsync(
                tx =>
                {
                    tx.Execute("INSERT INTO numbers (n) VALUES (3)");
                    tx.OnCommitted(() => seen.Add(3));
                    throw new FormatException("mine");
                }, Cancellation),
            Database.WriteAsync(tx => tx.OnCommitted(() => seen.Add(1)), Cancellation),
            InsertAsync(1), InsertAsync(4),
        });

        await Assert.ThrowsAsync<FormatException>(() => group[2]);
        Assert.Equal(19, (await Assert.ThrowsAnyAsync<DbException>(() => group[4])) is Microsoft.Data.Sqlite.SqliteException sqlite ? sqlite.SqliteErrorCode : 0);
        await Task.WhenAll(group[0], group[1], group[3], group[5]);
        Assert.Equal([1, 2, 4], await NumbersAsync());
        Assert.Equal([1], seen);
        Assert.True(Database.Health.Writable);
    }

    [Fact]
    public async Task A_write_that_throws_alone_leaves_nothing_and_the_next_one_works()
    {
        await Assert.ThrowsAsync<FormatException>(() => Database.WriteAsync(
            tx =>
            {
                tx.Execute("INSERT INTO numbers (n) VALUES (3)");
                throw new FormatException();
            }, Cancellation));
        await InsertAsync(3);

        Assert.Equal([3], await NumbersAsync());
    }

    [Fact]
    public async Task A_callback_runs_when_the_write_can_be_read_and_before_its_task_completes()
    {
        var visible = -1L;
        Task? write = null;
        var completedEarly = false;
        await await HoldWriterWhileAsync(() => write = Database.WriteAsync(
            tx =>
            {
                tx.Execute("INSERT INTO numbers (n) VALUES (7)");
                tx.OnCommitted(() =>
                {
                    using var other = SqliteSession.Open(_test.Path, readOnly: true, TimeSpan.Zero);
                    visible = (long)other.Scalar("SELECT COUNT(*) FROM numbers", [])!;
                    completedEarly = write!.IsCompleted;
                });
            }, Cancellation));

        Assert.Equal((1, false), (visible, completedEarly));
    }

    [Fact]
    public async Task A_write_with_nobody_else_at_work_is_committed_before_the_call_returns()
    {
        var thread = -1;
        var here = Environment.CurrentManagedThreadId;
        var write = Database.WriteAsync(
            tx =>
            {
                thread = Environment.CurrentManagedThreadId;
                Insert(tx, 1);
            }, Cancellation);

        Assert.Equal((true, here), (write.IsCompletedSuccessfully, thread));
        await write;
        Assert.Equal([1], await NumbersAsync());
    }

    [Fact]
    public async Task A_write_made_inside_another_ones_function_or_callback_is_a_transaction_of_its_own()
    {
        Task? inFunction = null;
        Task? inCallback = null;
        await Assert.ThrowsAsync<FormatException>(() => Database.WriteAsync(
            tx =>
            {
                Insert(tx, 1);
                inFunction = InsertAsync(2);
                throw new FormatException();
            }, Cancellation));
        await Database.WriteAsync(tx => tx.OnCommitted(() => inCallback = InsertAsync(3)), Cancellation);
        await Task.WhenAll(inFunction!, inCallback!);

        Assert.Equal([2, 3], await NumbersAsync());
    }

    [Fact]
    public async Task A_write_never_overtakes_one_that_waits()
    {
        var order = new List<int>();
        var writes = await HoldWriterWhileAsync(() => Enumerable.Range(0, 50).Select(n => Database.WriteAsync(_ => order.Add(n), Cancellation)).ToArray());
        var last = Database.WriteAsync(_ => order.Add(50), Cancellation);
        await Task.WhenAll([.. writes, last]);

        Assert.Equal(Enumerable.Range(0, 51), order);
    }

    [Fact]
    public async Task A_file_that_another_process_writes_is_waited_for_off_the_callers_thread()
    {
        var other = SqliteSession.Open(_test.Path, readOnly: false, TimeSpan.Zero);
        other.Execute("BEGIN IMMEDIATE", []);
        var write = InsertAsync(1);
        var early = write.IsCompleted;
        other.Execute("ROLLBACK", []);
        other.Dispose();
        await write;

        Assert.False(early);
        Assert.Equal([1], await NumbersAsync());
    }

    [Fact]
    public async Task A_callback_that_throws_fails_neither_its_write_nor_the_others()
    {
        await Database.WriteAsync(tx => tx.OnCommitted(() => throw new FormatException()), Cancellation);
        await InsertAsync(1);

        Assert.Equal([1], await NumbersAsync());
    }

    [Fact]
    public async Task Thousands_of_concurrent_writes_are_all_there_and_each_task_tells_its_own_result()
    {
        const int Writes = 5_000;
        var results = await Task.WhenAll(Enumerable.Range(0, Writes).Select(n => Task.Run(
            () => Database.WriteAsync(
                tx => n % 10 == 0 && tx.Execute("INSERT INTO numbers (n) VALUES (@n)", ("n", n)) == 1 ? throw new FormatException($"{n}") : Insert(tx, n),
                n % 3 == 0 ? Durability.Full : Durability.Relaxed, Cancellation).ContinueWith(task => (n, task), TaskScheduler.Default), Cancellation)));

        Assert.All(results, result => Assert.Equal(result.n % 10 == 0, result.task.IsFaulted));
        Assert.All(results.Where(result => result.task.IsFaulted), result => Assert.Equal($"{result.n}", result.task.Exception!.InnerException!.Message));
        Assert.Equal(Enumerable.Range(0, Writes).Where(n => n % 10 != 0).Select(n => (long)n), await NumbersAsync());
    }

    [Fact]
    public async Task Writes_of_one_caller_happen_in_the_order_they_were_given()
    {
        var order = await HoldWriterWhileAsync(() => Enumerable.Range(1, 40)
            .Select(n => Database.WriteAsync(tx => (long)tx.Scalar("SELECT COUNT(*) FROM numbers")! + Insert(tx, n), Cancellation)).ToArray());

        Assert.Equal(Enumerable.Range(1, 40).Select(n => (long)n), await Task.WhenAll(order));
    }

    [Theory]
    [InlineData(true, Durability.Full, 2)]
    [InlineData(true, Durability.Relaxed, 1)]
    [InlineData(false, Durability.Full, 1)]
    public async Task Only_a_full_write_is_synced_and_a_deployment_may_switch_that_off(bool powerSafe, Durability durability, long synchronous)
    {
        await using var other = Files.Open(Files.Settings(_directory.File("other.db")) with { PowerSafe = powerSafe });
        await other.WriteAsync(_ => { }, Durability.Full, Cancellation);

        Assert.Equal(synchronous, await other.WriteAsync(tx => tx.Scalar("PRAGMA synchronous"), durability, Cancellation));
        Assert.Equal(powerSafe ? 2L : 1L, await other.WriteAsync(tx => tx.Scalar("PRAGMA synchronous"), Durability.Full, Cancellation));
    }

    [Fact]
    public async Task A_write_cancelled_before_its_turn_does_not_happen()
    {
        using var cancelled = new CancellationTokenSource();
        var group = await HoldWriterWhileAsync(() =>
        {
            Task[] writes = [InsertAsync(1), Database.WriteAsync(tx => Insert(tx, 2), cancelled.Token), InsertAsync(3)];
            cancelled.Cancel();
            return writes;
        });

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => group[1]);
        await Task.WhenAll(group[0], group[2]);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => Database.WriteAsync(tx => Insert(tx, 2), cancelled.Token));
        Assert.Equal([1, 3], await NumbersAsync());
    }

    [Fact]
    public async Task When_the_queue_stays_full_the_caller_is_told_and_nothing_happens()
    {
        await using var slow = Files.Open(
            Files.Settings(_directory.File("slow.db"), Child.Numbers) with { QueueCapacity = 1, BusyTimeout = TimeSpan.FromMilliseconds(50) });
        using var hold = new ManualResetEventSlim();
        var started = new TaskCompletionSource();
        var holding = Task.Run(
            () => slow.WriteAsync(
                _ =>
                {
                    started.SetResult();
                    hold.Wait(Cancellation);
                }, Cancellation), Cancellation);
        await started.Task;
        var waiting = slow.WriteAsync(tx => Insert(tx, 1), Cancellation);

        var error = await Assert.ThrowsAsync<DatabaseUnavailableException>(() => slow.WriteAsync(tx => Insert(tx, 2), Cancellation));

        hold.Set();
        await Task.WhenAll(holding, waiting);
        Assert.Contains(slow.Path, error.Message, StringComparison.Ordinal);
        Assert.Equal([1], await slow.ReadAsync(reader => reader.Query("SELECT n FROM numbers", row => row.GetInt64(0)), Cancellation));
    }

    [Fact]
    public async Task Closing_commits_what_waits_and_refuses_what_comes_later()
    {
        var writes = await HoldWriterWhileAsync(() =>
        {
            var waiting = Enumerable.Range(1, 20).Select(InsertAsync).ToArray();
            return waiting.Append(Database.DisposeAsync().AsTask()).ToArray();
        });
        await Task.WhenAll(writes);

        await Assert.ThrowsAsync<ObjectDisposedException>(() => InsertAsync(21));
        await Assert.ThrowsAsync<ObjectDisposedException>(NumbersAsync);
        await _test.ReopenAsync();
        Assert.Equal(20, (await NumbersAsync()).Count);
    }

    [Fact]
    public async Task A_transaction_is_of_no_use_outside_its_function()
    {
        DatabaseTransaction? kept = null;
        await Database.WriteAsync(tx => { kept = tx; }, Cancellation);

        Assert.Throws<InvalidOperationException>(() => kept!.Execute("DELETE FROM numbers"));
        Assert.Throws<InvalidOperationException>(() => kept!.OnCommitted(() => { }));
    }

    [Fact]
    public async Task The_outbox_event_is_raised_once_per_commit_with_outbox_rows_and_after_it()
    {
        var raised = 0;
        Database.OutboxCommitted += () => raised++;
        Database.OutboxCommitted += () => throw new FormatException("a listener's own fault");
        await InsertAsync(1);
        Assert.Equal(0, raised);

        var group = await HoldWriterWhileAsync(() => Enumerable.Range(0, 5)
            .Select(n => Database.WriteAsync(tx => Outbox.Add(tx, Message.Of($"{n}", stream: WorkStreams.Deliveries), 0), Cancellation)).ToArray());
        await Task.WhenAll(group);

        Assert.Equal(1, raised);
    }

    private static int Insert(DatabaseTransaction tx, long n) => tx.Execute("INSERT INTO numbers (n) VALUES (@n)", ("n", n));

    private Task InsertAsync(int n) => Database.WriteAsync(tx => { Insert(tx, n); }, Cancellation);

    private async Task<List<long>> NumbersAsync() =>
        await Database.ReadAsync(reader => reader.Query("SELECT n FROM numbers ORDER BY n", row => row.GetInt64(0)), Cancellation);

    /// <summary>Lets writes queue up behind a write that does not end before they are all there: they become one group.</summary>
    private async Task<T> HoldWriterWhileAsync<T>(Func<T> enqueue)
    {
        using var hold = new ManualResetEventSlim();
        var started = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var holding = Task.Run(
            () => Database.WriteAsync(
                _ =>
                {
                    started.SetResult();
                    hold.Wait(Cancellation);
                }, Cancellation), Cancellation);
        await started.Task;
        var result = enqueue();
        hold.Set();
        await holding;
        return result;
    }
}
