using System.Runtime.CompilerServices;
using Microsoft.Extensions.Logging;
using StackExchange.Redis;
using Xopc.Contracts.Runs;
using Xopc.Messaging.Runs;

namespace Xopc.Messaging.Redis;

/// <summary>
/// Runs over Redis: whoever watches in the writing process reads its memory; a watcher elsewhere tails the run's stream, woken by its channel. No connection
/// of its own per watcher. A log that vanished from Redis (flushed) for ten seconds ends its watchers without a terminal update.
/// </summary>
internal sealed partial class RedisRunLog(
    LocalRunLog local, RunFlushWorker flush, RedisConnections connections, RedisKeys keys, TimeProvider clock, ILogger<RedisRunLog> logger) : IRunLog
{
    private const int Page = 512;

    // A lost wake-up (pub/sub is renewed after a reconnect, what came meanwhile is not) costs at most this.
    private static readonly TimeSpan SafetyPoll = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan VanishedAfter = TimeSpan.FromSeconds(10);

    private readonly ILogger<RedisRunLog> _logger = logger;

    /// <summary><c>{attempt}-{seq}</c>, as a stream's entry id.</summary>
    public static string EntryId(RunUpdateId id) => $"{id.Attempt}-{id.Seq}";

    public IRunLogWriter Open(string runId)
    {
        var (run, opening) = local.OpenBuffer(runId);
        return new RedisRun(local, run, opening, flush);
    }

    public async ValueTask<bool> ExistsAsync(string runId, CancellationToken cancellationToken)
    {
        if (local.Holds(runId))
        {
            return true;
        }

        try
        {
            return await connections.Shared.KeyExistsAsync(keys.Run(runId)).WaitAsync(cancellationToken);
        }
        catch (Exception ex) when (IsAway(ex))
        {
            LogAway(runId, ex); // the caller has the database to ask
            return false;
        }
    }

    public IAsyncEnumerable<RunUpdates> ReadAsync(string runId, RunUpdateId? after, CancellationToken cancellationToken) =>
        local.Holds(runId) ? local.ReadAsync(runId, after, cancellationToken) : TailAsync(runId, after, cancellationToken);

    private async IAsyncEnumerable<RunUpdates> TailAsync(string runId, RunUpdateId? after, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var wake = new Ring();
        var channel = keys.RunChannel(runId);
        void Woken(RedisChannel _, RedisValue __) => wake.Set();
        if (!await SubscribedAsync(runId, channel, Woken, cancellationToken)) // before the first look
        {
            yield break;
        }

        try
        {
            var place = new RunTail(after);
            long? absentSince = null;
            while (!place.Ended)
            {
                if (await LookAsync(runId, place, cancellationToken) is not var (batch, exists))
                {
                    yield break;
                }

                if (batch.Updates.Count > 0)
                {
                    absentSince = null;
                    yield return batch;
                    continue;
                }

                if (place.Ended || exists is null)
                {
                    continue; // ended, or the position was of another log: from its beginning
                }

                absentSince = exists.Value ? null : absentSince ?? clock.GetTimestamp();
                if (absentSince is { } since && clock.GetElapsedTime(since) >= VanishedAfter)
                {
                    LogVanished(runId);
                    yield break;
                }

                if (!await wake.WaitAsync(SafetyPoll, clock, cancellationToken))
                {
                    yield return new RunUpdates([], true);
                }
            }
        }
        finally
        {
            await connections.Subscriber.UnsubscribeAsync(channel, Woken, CommandFlags.FireAndForget);
        }
    }

    private async Task<bool> SubscribedAsync(string runId, RedisChannel channel, Action<RedisChannel, RedisValue> woken, CancellationToken cancellationToken)
    {
        try
        {
            await connections.Subscriber.SubscribeAsync(channel, woken).WaitAsync(cancellationToken);
            return true;
        }
        catch (Exception ex) when (IsAway(ex))
        {
            LogAway(runId, ex);
            return false;
        }
    }

    /// <summary>What follows the position; when nothing does, whether the log is there (null: it never reached the position). Null: Redis is away.</summary>
    private async Task<(RunUpdates Batch, bool? Exists)?> LookAsync(string runId, RunTail place, CancellationToken cancellationToken)
    {
        try
        {
            var batch = place.Advance(await RangeAsync(runId, place, cancellationToken));
            return (batch, batch.Updates.Count > 0 || place.Ended ? true : await LookAtEndAsync(runId, place, cancellationToken));
        }
        catch (Exception ex) when (IsAway(ex))
        {
            LogAway(runId, ex);
            return null;
        }
        catch (InvalidDataException ex)
        {
            LogForeign(runId, ex);
            return null; // as when Redis is away: the end is in the database
        }
    }

    private static bool IsAway(Exception error) => error is RedisException or RedisTimeoutException;

    private async Task<List<RawEntry>> RangeAsync(string runId, RunTail place, CancellationToken cancellationToken)
    {
        var reply = await connections.Shared.ExecuteAsync("XRANGE", keys.Run(runId), place.From, "+", "COUNT", Page).WaitAsync(cancellationToken);
        return RedisReplies.Entries(reply);
    }

    /// <summary>Nothing follows the position: true when the log is there, false when it is not, null when it never reached the position.</summary>
    private async Task<bool?> LookAtEndAsync(string runId, RunTail place, CancellationToken cancellationToken)
    {
        var reply = await connections.Shared.ExecuteAsync("XREVRANGE", keys.Run(runId), "+", "-", "COUNT", 1).WaitAsync(cancellationToken);
        return RedisReplies.Entries(reply) is not [var newest] ? false : place.IsPast(newest) ? null : true;
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "Redis is away; watchers of run {RunId}, which another process runs, learn its end from the database.")]
    private partial void LogAway(string runId, Exception exception);

    [LoggerMessage(Level = LogLevel.Warning, Message = "The log of run {RunId} holds what is none of ours; its watchers learn its end from the database.")]
    private partial void LogForeign(string runId, Exception exception);

    [LoggerMessage(Level = LogLevel.Warning, Message = "The log of run {RunId} vanished from Redis; its watchers end without its end.")]
    private partial void LogVanished(string runId);
}
