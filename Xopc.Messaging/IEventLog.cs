using Xopc.Contracts.Messages;

namespace Xopc.Messaging;

/// <summary>An event with its place in the one global order.</summary>
/// <param name="Seq">From 1, without gaps within an epoch.</param>
public sealed record LoggedEvent(long Seq, EventMessage Message);

/// <summary>
/// The stream <c>events</c>: a view, capped, published after the commit. In process, publishing calls the sink at once; over Redis, one reader per
/// process feeds it. Publishing never blocks a turn and never fails one: what cannot be published is counted and logged.
/// </summary>
public interface IEventLog
{
    /// <summary>Names this run of the log; changes when positions stop being comparable (process start in process, a flushed stream on Redis). [a-z0-9], at most 16.</summary>
    string Epoch { get; }

    void Publish(EventMessage message);

    /// <summary>Feeds every further event to <paramref name="sink"/>, in order, one at a time; the sink must be quick (append and wake). Over Redis it is first fed what the log retains.</summary>
    IDisposable Attach(Action<LoggedEvent> sink);

    /// <summary>Calls back when <see cref="Epoch"/> changed: buffered positions are void.</summary>
    event Action? EpochChanged;
}
