using System.Collections.Concurrent;
using System.Threading.Channels;
using Microsoft.Extensions.Logging;
using Xopc.Contracts.Messages;

namespace Xopc.Messaging.Redis;

/// <summary>
/// Events over Redis. Publishing puts them into a bounded buffer; one worker sends them, another reads the one order back for this process's sinks.
/// </summary>
internal sealed partial class RedisEventLog : IEventLog
{
    private readonly MessagingTelemetry _telemetry;
    private readonly ILogger _logger;
    private readonly Channel<EventMessage> _buffer;
    private readonly Channel<bool> _attached = Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });
    private long _dropped;

    public RedisEventLog(MessagingOptions options, MessagingTelemetry telemetry, ILogger<RedisEventLog> logger)
    {
        (_telemetry, _logger) = (telemetry, logger);
        // Wait, not DropWrite: then a refused write is told, and counted.
        _buffer = Channel.CreateBounded<EventMessage>(
            new BoundedChannelOptions(options.EventBuffer) { FullMode = BoundedChannelFullMode.Wait, SingleReader = true });
    }

    public event Action? EpochChanged;

    /// <summary>A name of our own until Redis told its.</summary>
    public string Epoch { get; private set; } = EventEpoch.New();

    /// <summary>Sinks that the reader has not met yet.</summary>
    internal ConcurrentQueue<EventSink> Newcomers { get; } = new();

    internal ChannelReader<EventMessage> Buffer => _buffer.Reader;

    internal ChannelReader<bool> Attached => _attached.Reader;

    public void Publish(EventMessage message)
    {
        if (_buffer.Writer.TryWrite(message))
        {
            return;
        }

        _telemetry.EventDropped();
        if (Interlocked.Increment(ref _dropped) % 1_000 == 1)
        {
            LogDropped(_dropped);
        }
    }

    public IDisposable Attach(Action<LoggedEvent> sink)
    {
        var attachment = new EventSink(sink);
        Newcomers.Enqueue(attachment);
        _attached.Writer.TryWrite(true);
        return attachment;
    }

    internal void ChangeEpoch(string epoch)
    {
        Epoch = epoch;
        EpochChanged?.Invoke();
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "Redis takes no events and the buffer is full: {Dropped} events were dropped so far.")]
    private partial void LogDropped(long dropped);
}

/// <summary>One sink of events in this process.</summary>
internal sealed class EventSink(Action<LoggedEvent> sink) : IDisposable
{
    private volatile bool _gone;

    public bool Gone => _gone;

    public void Feed(LoggedEvent logged)
    {
        if (!_gone)
        {
            sink(logged);
        }
    }

    public void Dispose() => _gone = true;
}
