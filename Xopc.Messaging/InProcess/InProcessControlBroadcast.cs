using Microsoft.Extensions.Logging;
using Xopc.Contracts.Messages;

namespace Xopc.Messaging.InProcess;

/// <summary>Control within one process: the handlers are called before the sender goes on.</summary>
internal sealed class InProcessControlBroadcast(MessagingTelemetry telemetry, ILogger<ControlHandlers> logger) : IControlBroadcast
{
    private readonly ControlHandlers _handlers = new(telemetry, logger);

    public ValueTask SendAsync(ControlMessage message, CancellationToken cancellationToken)
    {
        telemetry.Control("sent");
        _handlers.Call(message);
        return ValueTask.CompletedTask;
    }

    public IDisposable Attach(Action<ControlMessage> handler) => _handlers.Add(handler);
}
