using System.Threading.Channels;
using Microsoft.Extensions.Logging;
using StackExchange.Redis;
using Xopc.Contracts.Runs;

namespace Xopc.Messaging.Redis;

/// <summary>
/// Copies the runs of this process to Redis. The queue names runs, not updates: a run under way has one place in it however much it writes, and a batch is
/// what came since the last one. While Redis is away the runs stay in memory with their own bounds, and their end is sent when it is back.
/// </summary>
internal sealed partial class RunFlushWorker(
    RedisConnections connections, RedisKeys keys, MessagingOptions options, TimeProvider clock, ILogger<RunFlushWorker> logger) : DrainWorker(clock, logger)
{
    private const int RunsAtOnce = 64;
    private const int UpdatesAtOnce = 512;

    // While it runs: long enough for a silent tool; its writer's death is the janitor's business.
    private static readonly TimeSpan LifeWhileOpen = TimeSpan.FromHours(1);

    private readonly ILogger<RunFlushWorker> _logger = logger;
    private readonly Channel<RedisRun> _dirty = Channel.CreateBounded<RedisRun>(
        new BoundedChannelOptions(options.RunsKept * 4) { FullMode = BoundedChannelFullMode.Wait, SingleReader = true });

    public override string Name => "runs out";

    public bool TryQueue(RedisRun run)
    {
        var queued = _dirty.Writer.TryWrite(run);
        if (!queued)
        {
            LogQueueFull(run.Buffer.RunId);
        }

        return queued;
    }

    public override async Task<bool> DrainOnceAsync(CancellationToken cancellationToken)
    {
        // All are taken off before the first is flushed: one that writes meanwhile would come off again and be flushed twice at once.
        var runs = new List<RedisRun>();
        while (runs.Count < RunsAtOnce && _dirty.Reader.TryRead(out var run))
        {
            runs.Add(run);
        }

        await Task.WhenAll(runs.Select(run => FlushAsync(run, cancellationToken)));
        return runs.Count > 0;
    }

    protected override async Task WaitForWorkAsync(CancellationToken cancellationToken) => await _dirty.Reader.WaitToReadAsync(cancellationToken);

    protected override async Task FinishAsync(CancellationToken cancellationToken)
    {
        while (await DrainOnceAsync(cancellationToken))
        {
        }
    }

    private async Task FlushAsync(RedisRun run, CancellationToken cancellationToken)
    {
        run.ClearDirty();
        var before = run.Flushed.Next;
        try
        {
            var batch = run.Buffer.Take(run.Flushed, UpdatesAtOnce, out var last);
            if (batch.Updates.Count == 0)
            {
                return;
            }

            if (!await SendAsync(run, batch.Updates, whole: before < 0, last, cancellationToken))
            {
                run.StartOver();
            }

            // More came, more than one batch was due, or all of it goes again.
            run.MarkDirty();
        }
        catch
        {
            run.Flushed.Next = before;
            run.MarkDirty();
            throw;
        }
    }

    private async Task<bool> SendAsync(RedisRun run, IReadOnlyList<RunUpdate> updates, bool whole, bool last, CancellationToken cancellationToken)
    {
        var life = last ? options.RunKept : LifeWhileOpen;
        var channel = keys.RunChannel(run.Buffer.RunId);
        var arguments = new List<RedisValue>((updates.Count * 4) + 4)
        {
            (long)life.TotalMilliseconds, RedisRunLog.EntryId(run.Buffer.FirstKept()), whole ? "1" : "", channel.ToString(),
        };
        foreach (var update in updates)
        {
            arguments.Add(RedisRunLog.EntryId(update.Id));
            arguments.Add(update.Type);
            arguments.Add(update.Data);
            arguments.Add(update.IsTerminal ? "1" : "");
        }

        var reply = await connections.Shared.ScriptEvaluateAsync(RunScripts.Append, [keys.Run(run.Buffer.RunId)], [.. arguments]).WaitAsync(cancellationToken);
        return (int)reply == 1;
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "Too many runs wait for Redis; run {RunId} is not copied for watchers in other processes until it writes again.")]
    private partial void LogQueueFull(string runId);
}
