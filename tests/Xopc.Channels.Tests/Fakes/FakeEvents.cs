using System.Collections.Concurrent;
using Xopc.Contracts.Messages;
using Xopc.Messaging;

namespace Xopc.Channels.Tests.Fakes;

/// <summary>Keeps what was published, and tells it to whoever listens.</summary>
internal sealed class FakeEvents : IEventLog
{
    private readonly ConcurrentQueue<EventMessage> _published = new();
    private readonly ConcurrentDictionary<Sink, bool> _sinks = new();

    public event Action? EpochChanged
    {
        add { }
        remove { }
    }

    public string Epoch => "test";

    public IReadOnlyCollection<EventMessage> Published => _published;

    public void Publish(EventMessage message)
    {
        _published.Enqueue(message);
        foreach (var sink in _sinks.Keys)
        {
            sink.Hear(new LoggedEvent(_published.Count, message));
        }
    }

    public IDisposable Attach(Action<LoggedEvent> sink)
    {
        var attached = new Sink(this, sink);
        _sinks[attached] = true;
        return attached;
    }

    private sealed class Sink(FakeEvents events, Action<LoggedEvent> hear) : IDisposable
    {
        public Action<LoggedEvent> Hear => hear;

        public void Dispose() => events._sinks.TryRemove(this, out _);
    }
}
