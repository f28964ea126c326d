using Microsoft.Extensions.Logging;
using Xopc.Contracts.Messages;

namespace Xopc.Messaging;

/// <summary>The handlers of control messages in this process.</summary>
internal sealed partial class ControlHandlers(MessagingTelemetry telemetry, ILogger<ControlHandlers> logger)
{
    private readonly Attachments<Action<ControlMessage>> _handlers = new();
    private readonly ILogger<ControlHandlers> _logger = logger;

    public IDisposable Add(Action<ControlMessage> handler) => _handlers.Add(handler);

    /// <summary>Calls all; one that throws against its contract keeps the message from nobody else.</summary>
    public void Call(ControlMessage message)
    {
        telemetry.Control("received");
        foreach (var handler in _handlers.Current)
        {
            try
            {
                handler(message);
            }
            catch (Exception ex)
            {
                LogHandlerFailed(message.Kind, ex);
            }
        }
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "A handler of control messages failed on '{Kind}'.")]
    private partial void LogHandlerFailed(string kind, Exception exception);
}
