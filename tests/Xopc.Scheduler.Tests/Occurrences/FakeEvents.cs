using System.Collections.Concurrent;
using Xopc.Contracts.Messages;
using Xopc.Messaging;

namespace Xopc.Scheduler.Tests.Occurrences;

/// <summary>Keeps what was published.</summary>
internal sealed class FakeEvents : IEventLog
{
    public event Action? EpochChanged
    {
        add { }
        remove { }
    }

    public ConcurrentQueue<EventMessage> Published { get; } = new();

    public string Epoch => "test";

    public void Publish(EventMessage message) => Published.Enqueue(message);

    public IDisposable Attach(Action<LoggedEvent> sink) => throw new NotSupportedException();
}
