using Microsoft.Extensions.DependencyInjection;
using StackExchange.Redis;
using Xopc.Contracts.Runs;
using Xopc.Messaging.Tests.Support;

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

    private static async Task<RunUpdateId> LastOfAsync(IAsyncEnumerable<RunUpdates> batches, Func<RunUpdateId, bool> isLast)
    {
        await foreach (var batch in batches)
        {
            if (isLast(batch.Updates[^1].Id))
            {
                return batch.Updates[^1].Id;
            }
        }

        throw new InvalidOperationException("The run ended before the update that was waited for.");
    }
}
