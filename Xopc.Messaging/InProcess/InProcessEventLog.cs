using Microsoft.Extensions.Logging;
using Xopc.Contracts.Messages;

namespace Xopc.Messaging.InProcess;

/// <summary>Events within one process: numbered under a lock and handed to the sinks there, so that every sink sees the one order.</summary>
internal sealed partial class InProcessEventLog(MessagingTelemetry telemetry, ILogger<InProcessEventLog> logger) : IEventLog
{
    private readonly ILogger<InProcessEventLog> _logger = logger;
    private readonly Lock _gate = new();
    private readonly Attachments<Action<LoggedEvent>> _sinks = new();
    private long _seq;

    /// <summary>Never: positions hold as long as the process.</summary>
    public event Action? EpochChanged
    {
        add { }
        remove { }
    }

    public string Epoch { get; } = EventEpoch.New();

    public void Publish(EventMessage message)
    {
        lock (_gate)
        {
            var logged = new LoggedEvent(++_seq, message);
            foreach (var sink in _sinks.Current)
            {
                try
                {
                    sink(logged);
                }
                catch (Exception ex)
                {
                    LogSinkFailed(message.Type, ex);
                }
            }
        }

        telemetry.EventPublished(1);
    }

    public IDisposable Attach(Action<LoggedEvent> sink)
    {
        lock (_gate)
        {
            return _sinks.Add(sink);
        }
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "A sink of events failed on '{EventType}'.")]
    private partial void LogSinkFailed(string eventType, Exception exception);
}
