using System.Collections.Concurrent;
using Xopc.Contracts.Messages;
using Xopc.Messaging;

namespace Xopc.Channels.Tests.Fakes;

/// <summary>Keeps what was published.</summary>
internal sealed class FakeEvents : IEventLog
{
    private readonly ConcurrentQueue<EventMessage> _published = new();

    public event Action? EpochChanged
    {
        add { }
        remove { }
    }

    public string Epoch => "test";

    public IReadOnlyCollection<EventMessage> Published => _published;

    public void Publish(EventMessage message) => _published.Enqueue(message);

    public IDisposable Attach(Action<LoggedEvent> sink) => throw new NotSupportedException();
}
