using Microsoft.Extensions.Logging;
using StackExchange.Redis;
using Xopc.Contracts.Messages;

namespace Xopc.Messaging.Redis;

/// <summary>
/// Reads the event stream for this process, once, and feeds its sinks in order. Every entry names its epoch; besides, the epoch is asked for once a second,
/// because after a flush the new numbers begin below the place where this reader waits.
/// </summary>
internal sealed partial class EventReadWorker(
    RedisEventLog log, RedisConnections connections, RedisKeys keys, MessagingOptions options, TimeProvider clock, ILogger<EventReadWorker> logger)
    : DrainWorker(clock, logger)
{
    private const int BlockMs = 1_000;

    private readonly ILogger<EventReadWorker> _logger = logger;
    private readonly List<EventSink> _sinks = [];
    private IConnectionMultiplexer? _dedicated;
    private string? _epoch;
    private long _last;

    public override string Name => "events in";

    public override async Task<bool> DrainOnceAsync(CancellationToken cancellationToken)
    {
        _sinks.RemoveAll(sink => sink.Gone);
        if (_sinks.Count == 0 && log.Newcomers.IsEmpty)
        {
            return false;
        }

        await LearnEpochAsync(cancellationToken);
        await WelcomeAsync(cancellationToken);
        _dedicated ??= await connections.OpenDedicatedAsync("events", cancellationToken);
        var reply = await _dedicated.GetDatabase()
            .ExecuteAsync("XREAD", "COUNT", options.BatchSize, "BLOCK", BlockMs, "STREAMS", keys.Events, $"{_last}-0")
            .WaitAsync(cancellationToken);
        foreach (var entry in RedisReplies.OfRead(reply))
        {
            if (!TryParse(entry, _epoch, out var logged))
            {
                break; // another epoch's: learn it first, and begin at its beginning
            }

            _last = logged.Seq;
            _sinks.ForEach(sink => Feed(sink, logged));
        }

        return true;
    }

    protected override async Task WaitForWorkAsync(CancellationToken cancellationToken) => await log.Attached.ReadAsync(cancellationToken);

    protected override async Task FinishAsync(CancellationToken cancellationToken)
    {
        if (_dedicated is { } dedicated)
        {
            _dedicated = null;
            await RedisConnections.CloseAsync(dedicated);
        }
    }

    private async Task LearnEpochAsync(CancellationToken cancellationToken)
    {
        var reply = await connections.Shared
            .ScriptEvaluateAsync(EventScripts.Epoch, [keys.EventsMeta, keys.Events], [EventEpoch.New()])
            .WaitAsync(cancellationToken);
        var epoch = (string)reply!;
        if (epoch != _epoch)
        {
            (_epoch, _last) = (epoch, 0);
            log.ChangeEpoch(epoch);
            LogEpoch(epoch);
        }
    }

    /// <summary>A sink that comes later is first fed what the others had and the log still keeps.</summary>
    private async Task WelcomeAsync(CancellationToken cancellationToken)
    {
        while (log.Newcomers.TryPeek(out var newcomer))
        {
            for (long next = 1; next <= _last;)
            {
                var page = RedisReplies.Entries(await connections.Shared
                    .ExecuteAsync("XRANGE", keys.Events, $"{next}-0", $"{_last}-0", "COUNT", options.BatchSize)
                    .WaitAsync(cancellationToken));
                foreach (var entry in page)
                {
                    if (TryParse(entry, _epoch, out var logged))
                    {
                        Feed(newcomer, logged);
                        next = logged.Seq;
                    }
                }

                next = page.Count < options.BatchSize ? _last + 1 : next + 1;
            }

            log.Newcomers.TryDequeue(out _);
            _sinks.Add(newcomer);
        }
    }

    internal static bool TryParse(RawEntry entry, string? epoch, [System.Diagnostics.CodeAnalysis.NotNullWhen(true)] out LoggedEvent? logged)
    {
        logged = null;
        if (entry.Text("e") != epoch || !entry.TryNumbers(out var seq, out _))
        {
            return false;
        }

        var sessionKey = entry.Text("k");
        logged = new LoggedEvent(seq, new EventMessage(entry.Text("t"), sessionKey.Length == 0 ? null : sessionKey, entry.Bytes("d")));
        return true;
    }

    private void Feed(EventSink sink, LoggedEvent logged)
    {
        try
        {
            sink.Feed(logged);
        }
        catch (Exception ex)
        {
            LogSinkFailed(logged.Message.Type, ex);
        }
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "The event log's epoch is {Epoch}.")]
    private partial void LogEpoch(string epoch);

    [LoggerMessage(Level = LogLevel.Error, Message = "A sink of events failed on '{EventType}'.")]
    private partial void LogSinkFailed(string eventType, Exception exception);
}
