using System.Text;
using Xopc.Contracts.Runs;
using Xopc.Messaging.Tests.Support;

namespace Xopc.Messaging.Tests.Runs;

/// <summary>What every run log does, whether the watcher sits in the writing process or in another.</summary>
public abstract class RunLogContract : IAsyncLifetime
{
    private readonly string _runId = $"run-{Guid.NewGuid():N}";

    /// <summary>The log of the process that runs.</summary>
    protected abstract IRunLog Writing { get; }

    /// <summary>The log of the process that watches.</summary>
    protected abstract IRunLog Watching { get; }

    public abstract ValueTask InitializeAsync();

    public abstract ValueTask DisposeAsync();

    [Fact]
    public async Task A_watcher_sees_every_update_in_order_and_ends_after_the_terminal_one()
    {
        var writer = Writing.Open(_runId);
        writer.Append(Token(1));
        var seen = await StartedWatchAsync(null);
        Write(writer, from: 2, to: 40);
        writer.Append(Result(41));

        var updates = await Within.TimeAsync(seen, "the watcher ended");

        Assert.Equal(Enumerable.Range(1, 41), updates.Select(update => update.Id.Seq));
        Assert.Equal("token 7 \"ü\"", Encoding.UTF8.GetString(updates[6].Data.Span));
        Assert.Equal(("result", true), (updates[^1].Type, updates[^1].IsTerminal));
        Assert.All(updates.SkipLast(1), update => Assert.Equal(("token", false), (update.Type, update.IsTerminal)));
    }

    [Fact]
    public async Task A_watcher_who_comes_after_the_end_gets_the_whole_run()
    {
        await WriteWholeAsync(20);

        var batches = await BatchesAsync(null);

        Assert.True(batches[0].Complete);
        Assert.Equal(Enumerable.Range(1, 20), batches.SelectMany(batch => batch.Updates).Select(update => update.Id.Seq));
    }

    [Fact]
    public async Task A_watcher_who_comes_back_gets_exactly_what_follows_its_position()
    {
        await WriteWholeAsync(20);

        var batches = await BatchesAsync(new RunUpdateId(1, 12));

        Assert.All(batches, batch => Assert.True(batch.Complete));
        Assert.Equal(Enumerable.Range(13, 8), batches.SelectMany(batch => batch.Updates).Select(update => update.Id.Seq));
    }

    [Fact]
    public async Task A_watcher_who_had_the_terminal_update_gets_nothing_and_ends()
    {
        await WriteWholeAsync(20);

        Assert.Empty(await BatchesAsync(new RunUpdateId(1, 20)));
    }

    [Fact]
    public async Task A_position_before_the_first_is_the_beginning()
    {
        await WriteWholeAsync(5);

        var batches = await BatchesAsync(new RunUpdateId(1, 0));

        Assert.True(batches[0].Complete);
        Assert.Equal(5, batches.Sum(batch => batch.Updates.Count));
    }

    [Fact]
    public async Task A_position_the_log_no_longer_knows_is_told_and_the_end_still_comes()
    {
        var kept = await WriteMoreThanIsKeptAsync();

        var batches = await BatchesAsync(new RunUpdateId(1, 3));

        Assert.False(batches[0].Complete);
        Assert.All(batches.Skip(1), batch => Assert.True(batch.Complete));
        var updates = batches.SelectMany(batch => batch.Updates).ToList();
        Assert.Equal(kept, updates.Count);
        Assert.True(updates[^1].IsTerminal);
    }

    [Fact]
    public async Task A_new_watcher_of_a_trimmed_run_is_told_that_its_beginning_is_gone()
    {
        await WriteMoreThanIsKeptAsync();

        Assert.False((await BatchesAsync(null))[0].Complete);
    }

    [Fact]
    public async Task A_position_of_another_log_gets_everything_and_the_end()
    {
        await WriteWholeAsync(20);

        var batches = await BatchesAsync(new RunUpdateId(1, 900));

        Assert.False(batches[0].Complete);
        Assert.Equal(20, batches.Sum(batch => batch.Updates.Count));
        Assert.True(batches[^1].Updates[^1].IsTerminal);
    }

    [Fact]
    public async Task A_second_attempt_follows_the_first_without_a_gap_for_who_had_all_of_it()
    {
        var writer = Writing.Open(_runId);
        Write(writer, 1, 5);
        var second = Writing.Open(_runId);
        second.Append(Token(1, attempt: 2));
        second.Append(Result(2, attempt: 2));
        await WrittenAsync();

        var batches = await BatchesAsync(new RunUpdateId(1, 5));

        Assert.True(batches[0].Complete);
        Assert.Equal([new RunUpdateId(2, 1), new RunUpdateId(2, 2)], batches.SelectMany(batch => batch.Updates).Select(update => update.Id));
    }

    [Fact]
    public async Task A_position_in_a_lost_attempt_is_told()
    {
        var writer = Writing.Open(_runId);
        writer.Append(Token(1, attempt: 2));
        writer.Append(Result(2, attempt: 2));
        await WrittenAsync();

        var batches = await BatchesAsync(new RunUpdateId(1, 5));

        Assert.False(batches[0].Complete);
        Assert.Equal(2, batches.Sum(batch => batch.Updates.Count));
    }

    [Fact]
    public async Task A_writer_faster_than_its_watchers_loses_nothing_that_is_kept()
    {
        const int Updates = 4_000; // half of what a run keeps
        var writer = Writing.Open(_runId);
        writer.Append(Token(1));
        var watchers = new[] { await StartedWatchAsync(null), await StartedWatchAsync(null), await StartedWatchAsync(null) };

        Write(writer, 2, Updates - 1);
        writer.Append(Result(Updates));

        foreach (var seen in watchers)
        {
            Assert.Equal(Enumerable.Range(1, Updates), (await Within.TimeAsync(seen, "a watcher ended")).Select(update => update.Id.Seq));
        }
    }

    [Fact]
    public async Task Watchers_who_come_at_any_moment_of_the_writing_miss_nothing()
    {
        var runs = Enumerable.Range(0, 40).Select(n => $"{_runId}-{n}").ToList();
        var seen = new List<Task<List<RunUpdate>>>();
        using var together = new Barrier(2);
        foreach (var run in runs)
        {
            var writer = Writing.Open(run);
            writer.Append(Token(1));
            await WrittenAsync(run);
            var writing = Task.Run(() =>
            {
                together.SignalAndWait(TestContext.Current.CancellationToken);
                Write(writer, 2, 29);
                writer.Append(Result(30));
            }, TestContext.Current.CancellationToken);
            var watching = Task.Run(async () =>
            {
                together.SignalAndWait(TestContext.Current.CancellationToken);
                return await UpdatesAsync(run, null);
            }, TestContext.Current.CancellationToken);
            await writing;
            seen.Add(watching);
        }

        foreach (var updates in seen)
        {
            Assert.Equal(Enumerable.Range(1, 30), (await Within.TimeAsync(updates, "a watcher ended")).Select(update => update.Id.Seq));
        }
    }

    [Fact]
    public async Task Nothing_follows_the_terminal_update()
    {
        var writer = await WriteWholeAsync(3);
        writer.Append(Token(4));
        writer.Append(Token(2));

        Assert.Equal(3, (await UpdatesAsync(_runId, null)).Count);
    }

    [Fact]
    public async Task A_watcher_who_leaves_ends_by_cancellation_and_the_run_goes_on()
    {
        var writer = Writing.Open(_runId);
        writer.Append(Token(1));
        using var leaving = new CancellationTokenSource();
        var first = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var watching = Task.Run(async () =>
        {
            await foreach (var _ in Watching.ReadAsync(_runId, null, leaving.Token))
            {
                first.TrySetResult();
            }
        }, TestContext.Current.CancellationToken);
        await Within.TimeAsync(first.Task, "the first update came");

        await leaving.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => Within.TimeAsync(watching, "the watcher ended"));
        writer.Append(Result(2));
        Assert.Equal(2, (await UpdatesAsync(_runId, null)).Count);
    }

    [Fact]
    public async Task A_run_exists_once_it_has_an_update_and_an_unknown_one_does_not()
    {
        await WriteWholeAsync(1);

        Assert.True(await Watching.ExistsAsync(_runId, TestContext.Current.CancellationToken));
        Assert.False(await Watching.ExistsAsync("run-of-nobody", TestContext.Current.CancellationToken));
    }

    /// <summary>Returns when the watching process can have what was written.</summary>
    protected abstract Task WrittenAsync(string runId);

    protected static RunUpdate Token(int seq, int attempt = 1, int bytes = 0) =>
        new(new RunUpdateId(attempt, seq), "token", Encoding.UTF8.GetBytes(bytes > 0 ? new string('x', bytes) : $"token {seq} \"ü\""));

    protected static RunUpdate Result(int seq, int attempt = 1) => new(new RunUpdateId(attempt, seq), "result", "{}"u8.ToArray(), IsTerminal: true);

    protected static void Write(IRunLogWriter writer, int from, int to)
    {
        for (var seq = from; seq <= to; seq++)
        {
            writer.Append(Token(seq));
        }
    }

    protected async Task<List<RunUpdate>> UpdatesAsync(string runId, RunUpdateId? after)
    {
        var updates = new List<RunUpdate>();
        await foreach (var batch in Watching.ReadAsync(runId, after, TestContext.Current.CancellationToken))
        {
            updates.AddRange(batch.Updates);
        }

        return updates;
    }

    private Task WrittenAsync() => WrittenAsync(_runId);

    /// <summary>A watch that has had its first update; its task gives all of them at the end.</summary>
    private async Task<Task<List<RunUpdate>>> StartedWatchAsync(RunUpdateId? after)
    {
        var first = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var all = Task.Run(async () =>
        {
            var updates = new List<RunUpdate>();
            await foreach (var batch in Watching.ReadAsync(_runId, after, TestContext.Current.CancellationToken))
            {
                updates.AddRange(batch.Updates);
                if (updates.Count > 0)
                {
                    first.TrySetResult();
                }
            }

            return updates;
        }, TestContext.Current.CancellationToken);
        await Within.TimeAsync(first.Task, "the watcher had its first update");
        return all;
    }

    private async Task<IRunLogWriter> WriteWholeAsync(int updates)
    {
        var writer = Writing.Open(_runId);
        Write(writer, 1, updates - 1);
        writer.Append(Result(updates));
        await WrittenAsync();
        return writer;
    }

    /// <summary>How many of them are kept.</summary>
    private async Task<int> WriteMoreThanIsKeptAsync()
    {
        var writer = Writing.Open(_runId);
        Write(writer, 1, 10_000);
        writer.Append(Result(10_001));
        await WrittenAsync();
        return 8_000;
    }

    private async Task<List<RunUpdates>> BatchesAsync(RunUpdateId? after)
    {
        var batches = new List<RunUpdates>();
        var reading = Task.Run(async () =>
        {
            await foreach (var batch in Watching.ReadAsync(_runId, after, TestContext.Current.CancellationToken))
            {
                batches.Add(batch);
            }
        }, TestContext.Current.CancellationToken);
        await Within.TimeAsync(reading, "the watcher ended");
        return batches;
    }
}
