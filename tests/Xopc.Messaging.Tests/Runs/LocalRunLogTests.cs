using System.Diagnostics.Metrics;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Time.Testing;
using Xopc.Contracts.Runs;
using Xopc.Messaging.Runs;
using Xopc.Messaging.Tests.Support;

namespace Xopc.Messaging.Tests.Runs;

public sealed class LocalRunLogTests : RunLogContract
{
    private readonly FakeTimeProvider _clock = new();
    private readonly ServiceProvider _services = new ServiceCollection().AddMetrics().BuildServiceProvider();
    private readonly LocalRunLog _log;

    public LocalRunLogTests() => _log = New(new MessagingOptions());

    protected override IRunLog Writing => _log;

    protected override IRunLog Watching => _log;

    public override ValueTask InitializeAsync() => default;

    public override async ValueTask DisposeAsync()
    {
        _log.Dispose();
        await _services.DisposeAsync();
    }

    protected override Task WrittenAsync(string runId) => Task.CompletedTask;

    [Fact]
    public void An_ended_run_is_kept_five_minutes_and_an_open_one_longer()
    {
        Run(_log, "ended", end: true);
        Run(_log, "open", end: false);

        _clock.Advance(TimeSpan.FromMinutes(4.5));
        Assert.Equal(2, _log.RunCount);
        _clock.Advance(TimeSpan.FromMinutes(1));

        Assert.Equal(1, _log.RunCount);
        Assert.True(_log.Holds("open"));
    }

    [Fact]
    public async Task Abandoning_a_run_ends_its_watchers_without_an_end_and_the_next_opening_begins_anew()
    {
        var writer = _log.Open("left");
        writer.Append(Token(1));
        var watching = UpdatesAsync("left", null);
        Assert.False(watching.IsCompleted);

        writer.Abandon();
        writer.Append(Token(2));
        var next = _log.Open("left");
        next.Append(Token(1, attempt: 2));
        next.Append(Result(2, attempt: 2));

        Assert.Equal([new RunUpdateId(1, 1)], (await Within.TimeAsync(watching, "the watcher was let go")).Select(update => update.Id));
        Assert.Equal([new RunUpdateId(2, 1), new RunUpdateId(2, 2)], (await UpdatesAsync("left", null)).Select(update => update.Id));
    }

    [Fact]
    public async Task Who_gives_a_run_up_after_it_was_opened_again_or_ended_takes_nothing_from_its_watchers()
    {
        var first = _log.Open("kept");
        first.Append(Token(1));
        var second = _log.Open("kept");
        var watching = UpdatesAsync("kept", null);

        first.Abandon();
        second.Append(Token(1, attempt: 2));
        second.Append(Result(2, attempt: 2));
        second.Abandon();

        Assert.Equal(3, (await Within.TimeAsync(watching, "the watcher saw the end")).Count);
        Assert.True(_log.Holds("kept"));
    }

    [Fact]
    public void A_run_whose_writer_fell_silent_for_an_hour_goes()
    {
        Run(_log, "open", end: false);

        _clock.Advance(TimeSpan.FromMinutes(59));
        Assert.Equal(1, _log.RunCount);
        _clock.Advance(TimeSpan.FromMinutes(2));

        Assert.Equal(0, _log.RunCount);
    }

    [Fact]
    public void The_oldest_ended_runs_go_first_when_there_are_too_many()
    {
        using var log = New(new MessagingOptions { RunsKept = 10 });
        Run(log, "open", end: false);
        for (var n = 0; n < 25; n++)
        {
            Run(log, $"run-{n}", end: true);
        }

        Assert.Equal(11, log.RunCount);
        Assert.True(log.Holds("open"));
        Assert.True(log.Holds("run-15"));
        Assert.False(log.Holds("run-14"));
    }

    [Fact]
    public void The_oldest_ended_runs_go_first_when_they_are_too_large()
    {
        using var log = New(new MessagingOptions { RunsBytes = 10_000 });
        for (var n = 0; n < 20; n++)
        {
            var writer = log.Open($"run-{n}");
            writer.Append(Token(1, bytes: 1_000));
            writer.Append(Result(2));
        }

        Assert.InRange(log.RunCount, 5, 9);
        Assert.True(log.Holds("run-19"));
    }

    [Fact]
    public async Task A_run_is_bounded_in_bytes_and_keeps_its_newest_updates()
    {
        using var log = New(new MessagingOptions { RunBytes = 10_000 });
        var writer = log.Open("large");
        for (var seq = 1; seq <= 50; seq++)
        {
            writer.Append(Token(seq, bytes: 1_000));
        }

        writer.Append(Token(51, bytes: 50_000));
        writer.Append(Result(52));

        var batches = new List<RunUpdates>();
        await foreach (var batch in log.ReadAsync("large", null, TestContext.Current.CancellationToken))
        {
            batches.Add(batch);
        }

        Assert.Equal([52], batches.SelectMany(batch => batch.Updates).Select(update => update.Id.Seq));
        Assert.False(batches[0].Complete);
    }

    [Fact]
    public async Task A_watcher_who_was_overtaken_by_the_trimming_is_told_in_that_batch()
    {
        using var log = New(new MessagingOptions { RunUpdates = 16 });
        var writer = log.Open("fast");
        Write(writer, 1, 4);
        await using var watcher = log.ReadAsync("fast", null, TestContext.Current.CancellationToken).GetAsyncEnumerator(TestContext.Current.CancellationToken);
        Assert.True(await watcher.MoveNextAsync());
        Assert.True(watcher.Current.Complete);

        Write(writer, 5, 99);
        writer.Append(Result(100));

        Assert.True(await watcher.MoveNextAsync());
        Assert.False(watcher.Current.Complete);
        Assert.Equal(Enumerable.Range(85, 16), watcher.Current.Updates.Select(update => update.Id.Seq));
        Assert.False(await watcher.MoveNextAsync());
    }

    [Fact]
    public async Task A_watcher_keeps_a_run_that_is_evicted_under_it()
    {
        using var log = New(new MessagingOptions { RunsKept = 1 });
        Run(log, "watched", end: false);
        await using var watcher = log.ReadAsync("watched", null, TestContext.Current.CancellationToken).GetAsyncEnumerator(TestContext.Current.CancellationToken);
        Assert.True(await watcher.MoveNextAsync());
        log.Open("watched").Append(Result(2));
        Run(log, "other", end: true);
        Assert.False(log.Holds("watched"));

        Assert.True(await watcher.MoveNextAsync());
        Assert.True(watcher.Current.Updates[^1].IsTerminal);
        Assert.False(await watcher.MoveNextAsync());
    }

    [Fact]
    public async Task An_unknown_run_reads_as_nothing() => Assert.Empty(await UpdatesAsync("run-of-nobody", null));

    private LocalRunLog New(MessagingOptions options) => new(options, new MessagingTelemetry(_services.GetRequiredService<IMeterFactory>()), _clock);

    private static void Run(LocalRunLog log, string runId, bool end)
    {
        var writer = log.Open(runId);
        writer.Append(Token(1));
        if (end)
        {
            writer.Append(Result(2));
        }
    }
}
