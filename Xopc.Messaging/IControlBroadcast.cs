using Xopc.Contracts.Messages;

namespace Xopc.Messaging;

/// <summary>The stream <c>control</c>: reaches every process of the installation, this one included, past all queues. Not durable: the sender also sets a flag in the row concerned.</summary>
public interface IControlBroadcast
{
    ValueTask SendAsync(ControlMessage message, CancellationToken cancellationToken);

    /// <summary>Calls <paramref name="handler"/> for every message; quick, never throws.</summary>
    IDisposable Attach(Action<ControlMessage> handler);
}
