using Microsoft.Extensions.Logging;
using StackExchange.Redis;

namespace Xopc.Messaging.Redis;

/// <summary>
/// One consumer of a work stream's group. Starts with its own pending entries, goes on with new ones, and on a timer claims what other consumers left idle.
/// A stream has one group only: an acknowledged entry is deleted, so that its length is the unacknowledged work.
/// </summary>
internal sealed partial class RedisStreamReader(
    RedisConnections connections, RedisKeys keys, string stream, string group, MessagingOptions options, MessagingTelemetry telemetry, TimeProvider clock,
    ILogger<RedisStreamReader> logger) : IStreamReader
{
    private const string AckScript = "redis.call('XACK', KEYS[1], ARGV[1], unpack(ARGV, 2)) return redis.call('XDEL', KEYS[1], unpack(ARGV, 2))";

    // Lua's unpack is bounded by its stack of about 8,000.
    private const int AckPage = 1_000;

    // A consumer without work is forgotten: names contain a process id unless configured, and would pile up.
    private static readonly TimeSpan ConsumerForgottenAfter = TimeSpan.FromHours(1);

    private readonly ILogger<RedisStreamReader> _logger = logger;
    private readonly RedisKey _key = keys.Stream(stream);
    private readonly List<RawEntry> _arrived = [];
    private IConnectionMultiplexer? _dedicated;
    private string? _pendingAfter; // null: own pending entries are read, new ones follow
    private bool _hasGroup;
    private long _claimedAt = clock.GetTimestamp();
    private string _claimCursor = "0-0";

    public async ValueTask<IReadOnlyList<Envelope>> ReadAsync(int max, CancellationToken cancellationToken)
    {
        try
        {
            await EnsureGroupAsync(cancellationToken);
            List<RawEntry> entries = [.. _arrived];
            _arrived.Clear();
            if (entries.Count == 0)
            {
                entries = await ReadGroupAsync(max, block: null, cancellationToken);
            }

            if (clock.GetElapsedTime(_claimedAt) >= options.ClaimEvery)
            {
                entries.AddRange(await ClaimAsync(max, cancellationToken));
            }

            return await ParseAsync(entries, cancellationToken);
        }
        catch (RedisServerException ex) when (RedisReplies.IsNoGroup(ex))
        {
            LogGroupGone(stream);
            _hasGroup = false;
            return [];
        }
    }

    public async ValueTask WaitAsync(TimeSpan timeout, CancellationToken cancellationToken)
    {
        if (_arrived.Count > 0 || !_hasGroup || _pendingAfter is not null)
        {
            return;
        }

        var untilClaim = options.ClaimEvery - clock.GetElapsedTime(_claimedAt);
        var block = untilClaim < timeout ? untilClaim : timeout;
        try
        {
            // BLOCK 0 would wait for ever.
            _arrived.AddRange(await ReadGroupAsync(options.BatchSize, Math.Max(1, (long)block.TotalMilliseconds), cancellationToken));
        }
        catch (RedisServerException ex) when (RedisReplies.IsNoGroup(ex))
        {
            LogGroupGone(stream);
            _hasGroup = false;
        }
    }

    public async ValueTask AckAsync(IReadOnlyList<string> entryIds, CancellationToken cancellationToken)
    {
        foreach (var page in entryIds.Chunk(AckPage))
        {
            RedisValue[] arguments = [group, .. page.Select(id => (RedisValue)id)];
            await connections.Shared.ScriptEvaluateAsync(AckScript, [_key], arguments).WaitAsync(cancellationToken);
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (_dedicated is { } dedicated)
        {
            _dedicated = null;
            await RedisConnections.CloseAsync(dedicated);
        }
    }

    private async Task EnsureGroupAsync(CancellationToken cancellationToken)
    {
        if (_hasGroup)
        {
            return;
        }

        try
        {
            // From 0: what was sent before the first consumer came is for it too.
            await connections.Shared.StreamCreateConsumerGroupAsync(_key, group, "0-0", createStream: true).WaitAsync(cancellationToken);
        }
        catch (RedisServerException ex) when (ex.Message.StartsWith("BUSYGROUP", StringComparison.Ordinal))
        {
            // It is there.
        }

        (_hasGroup, _pendingAfter) = (true, "0-0");
    }

    private async Task<List<RawEntry>> ReadGroupAsync(int max, long? block, CancellationToken cancellationToken)
    {
        _dedicated ??= await connections.OpenDedicatedAsync(stream, cancellationToken);
        if (_pendingAfter is { } after)
        {
            var pending = RedisReplies.OfRead(await XReadGroupAsync(_dedicated.GetDatabase(), max, block: null, after, cancellationToken));
            _pendingAfter = pending.Count > 0 ? pending[^1].Id : null;
            if (pending.Count > 0)
            {
                return pending;
            }
        }

        return RedisReplies.OfRead(await XReadGroupAsync(_dedicated.GetDatabase(), max, block, ">", cancellationToken));
    }

    private Task<RedisResult> XReadGroupAsync(IDatabase database, int max, long? block, string from, CancellationToken cancellationToken)
    {
        object[] arguments = block is { } ms
            ? ["GROUP", group, options.ConsumerName, "COUNT", max, "BLOCK", ms, "STREAMS", _key, from]
            : ["GROUP", group, options.ConsumerName, "COUNT", max, "STREAMS", _key, from];
        return database.ExecuteAsync("XREADGROUP", arguments).WaitAsync(cancellationToken);
    }

    private async Task<List<RawEntry>> ClaimAsync(int max, CancellationToken cancellationToken)
    {
        var reply = await connections.Shared
            .ExecuteAsync("XAUTOCLAIM", _key, group, options.ConsumerName, (long)options.ClaimIdle.TotalMilliseconds, _claimCursor, "COUNT", max)
            .WaitAsync(cancellationToken);
        var parts = (RedisResult[])reply!;
        _claimCursor = (string)parts[0]!;
        if (_claimCursor == "0-0")
        {
            // Once round; until then the next read goes on claiming.
            _claimedAt = clock.GetTimestamp();
            await ForgetConsumersAsync(cancellationToken);
        }

        return RedisReplies.Entries(parts[1]);
    }

    private async Task ForgetConsumersAsync(CancellationToken cancellationToken)
    {
        foreach (var consumer in await connections.Shared.StreamConsumerInfoAsync(_key, group).WaitAsync(cancellationToken))
        {
            if (consumer.PendingMessageCount == 0 && consumer.IdleTimeInMilliseconds > ConsumerForgottenAfter.TotalMilliseconds)
            {
                await connections.Shared.StreamDeleteConsumerAsync(_key, group, consumer.Name).WaitAsync(cancellationToken);
            }
        }
    }

    private async ValueTask<IReadOnlyList<Envelope>> ParseAsync(List<RawEntry> entries, CancellationToken cancellationToken)
    {
        var envelopes = new List<Envelope>(entries.Count);
        List<string>? useless = null;
        foreach (var entry in entries)
        {
            if (RedisStreamEntry.TryParse(stream, entry, out var message))
            {
                envelopes.Add(new Envelope(entry.Id, message));
                continue;
            }

            // Deleted while pending (a trim by hand, a lost tail), or written by a stranger: nothing of it can be accepted, and its sender still has its row.
            (useless ??= []).Add(entry.Id);
            if (entry.Fields is not null)
            {
                telemetry.Malformed(stream);
                LogMalformed(stream, entry.Id);
            }
        }

        if (useless is not null)
        {
            await AckAsync(useless, cancellationToken);
        }

        return envelopes;
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "{Stream}: the stream or its group is gone (flushed?); making it again.")]
    private partial void LogGroupGone(string stream);

    [LoggerMessage(Level = LogLevel.Error, Message = "{Stream}: entry {EntryId} is no message and was removed.")]
    private partial void LogMalformed(string stream, string entryId);
}
