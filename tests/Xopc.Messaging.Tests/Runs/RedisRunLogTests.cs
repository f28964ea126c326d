using Microsoft.Extensions.DependencyInjection;
using StackExchange.Redis;
using Xopc.Contracts.Runs;
using Xopc.Messaging.Tests.Support;
using Xopc.Testing.Redis;

namespace Xopc.Messaging.Tests.Runs;

/// <summary>The watcher sits in another process than the writer.</summary>
public sealed class RedisRunLogTests(SharedRedis redis) : RunLogContract
{
    private readonly string _prefix = TestProcess.NewPrefix();
    private TestProcess? _running;
    private TestProcess? _watching;

    protected override IRunLog Writing => _running!.Runs;

    protected override IRunLog Watching => _watching!.Runs;

    public override async ValueTask InitializeAsync()
    {
        _running = await TestProcess.StartAsync(redis.Server.ConnectionString, _prefix);
        _watching = await TestProcess.StartAsync(redis.Server.ConnectionString, _prefix);
    }

    public override async ValueTask DisposeAsync()
    {
        await _running!.DisposeAsync();
        await _watching!.DisposeAsync();
    }

    /// <summary>A watcher in the writing process has what Redis will have; one in the other process waits for it.</summary>
    protected override async Task WrittenAsync(string runId)
    {
        using var limit = new CancellationTokenSource(Within.Limit);
        var written = await LastOfAsync(_running!.Runs.ReadAsync(runId, null, limit.Token), _ => true);
        await LastOfAsync(_watching!.Runs.ReadAsync(runId, null, limit.Token), id => id == written);
    }

    [Fact]
    public async Task An_ended_run_expires_from_Redis_by_itself()
    {
        var writer = Writing.Open("expiring");
        writer.Append(Token(1));
        writer.Append(Result(2));
        await WrittenAsync("expiring");

        var left = await _running!.Services.GetRequiredService<IConnectionMultiplexer>().GetDatabase().KeyTimeToLiveAsync($"{_prefix}runs/expiring");

        Assert.NotNull(left);
        Assert.InRange(left.Value, TimeSpan.FromMinutes(3), TimeSpan.FromMinutes(5));
    }

    [Fact]
    public async Task The_writing_process_sends_a_runs_end_before_it_stops()
    {
        var writer = Writing.Open("last");
        Write(writer, 1, 900);
        writer.Append(Result(901));

        await _running!.StopAsync();

        Assert.Equal(901, (await UpdatesAsync("last", null)).Count);
    }

    [Fact]
    public async Task Who_watches_a_run_that_its_process_gave_up_finds_it_in_the_process_that_took_it_over()
    {
        var slept = Writing.Open("taken");
        slept.Append(Token(1));
        await WrittenAsync("taken");
        await using var here = Writing.ReadAsync("taken", null, TestContext.Current.CancellationToken).GetAsyncEnumerator(TestContext.Current.CancellationToken);
        Assert.True(await here.MoveNextAsync());
        var last = here.Current.Updates[^1].Id;

        var owner = Watching.Open("taken");
        owner.Append(Token(1, attempt: 2));
        owner.Append(Result(2, attempt: 2));
        slept.Abandon();

        Assert.False(await Within.TimeAsync(here.MoveNextAsync().AsTask(), "the watcher was let go"));
        Assert.Equal(new RunUpdateId(1, 1), last);
        var rest = new List<RunUpdate>();
        await foreach (var batch in Writing.ReadAsync("taken", last, TestContext.Current.CancellationToken))
        {
            rest.AddRange(batch.Updates);
        }

        Assert.Equal([new RunUpdateId(2, 1), new RunUpdateId(2, 2)], rest.Select(update => update.Id));
    }

    [Fact]
    public async Task A_watcher_elsewhere_is_told_when_the_run_falls_silent()
    {
        Writing.Open("silent").Append(Token(1));
        await WrittenAsync("silent");
        await using var watcher = Watching.ReadAsync("silent", null, TestContext.Current.CancellationToken).GetAsyncEnumerator(TestContext.Current.CancellationToken);

        Assert.True(await watcher.MoveNextAsync());
        Assert.Single(watcher.Current.Updates);
        Assert.True(await Within.TimeAsync(watcher.MoveNextAsync().AsTask(), "the silence was told"));

        Assert.Empty(watcher.Current.Updates);
        Assert.True(watcher.Current.Complete);
    }

    [Fact]
    public async Task While_Redis_is_away_a_watcher_elsewhere_is_let_go_instead_of_failing()
    {
        await using var server = await RedisServer.StartAsync(appendOnly: false, TestContext.Current.CancellationToken);
        await using var running = await TestProcess.StartAsync(server.ConnectionString, _prefix);
        await using var watching = await TestProcess.StartAsync(server.ConnectionString, _prefix);
        running.Runs.Open("away").Append(Token(1));
        await using var watcher = watching.Runs.ReadAsync("away", null, TestContext.Current.CancellationToken).GetAsyncEnumerator(TestContext.Current.CancellationToken);
        while (await watcher.MoveNextAsync() && watcher.Current.Updates.Count == 0)
        {
        }

        await server.KillAsync(TestContext.Current.CancellationToken);
        var ended = Task.Run(async () =>
        {
            while (await watcher.MoveNextAsync())
            {
            }
        }, TestContext.Current.CancellationToken);

        await Within.TimeAsync(ended, "the watcher was let go");
        Assert.False(await watching.Runs.ExistsAsync("away", TestContext.Current.CancellationToken));
    }

    private static async Task<RunUpdateId> LastOfAsync(IAsyncEnumerable<RunUpdates> batches, Func<RunUpdateId, bool> isLast)
    {
        await foreach (var batch in batches)
        {
            if (batch.Updates.Count > 0 && isLast(batch.Updates[^1].Id))
            {
                return batch.Updates[^1].Id;
            }
        }

        throw new InvalidOperationException("The run ended before the update that was waited for.");
    }
}
