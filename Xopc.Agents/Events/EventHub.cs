using Xopc.Messaging;

namespace Xopc.Agents.Events;

/// <summary>
/// The recent events of this node in one ring that all clients read by position: a client costs no buffer of its own, a frame is built once for all, and
/// whoever falls behind by more than the ring is dropped without slowing anybody. Bounded in number and bytes.
/// </summary>
internal sealed class EventHub : IHostedService, IDisposable
{
    public const int Capacity = 4096;
    private const long MaxBytes = 16 * 1024 * 1024;

    private readonly IEventLog _log;
    private readonly ITimer _keepAlive;
    private readonly CancellationTokenRegistration _stopping;
    private readonly Lock _gate = new();
    private readonly HubEvent?[] _ring = new HubEvent?[Capacity];
    private IDisposable? _attached;
    private TaskCompletionSource<HubWake>? _wake;
    private bool _stopped;
    private string _epoch;
    private long _first = 1;
    private long _last;
    private long _bytes;

    public EventHub(IEventLog log, IHostApplicationLifetime lifetime, TimeProvider clock)
    {
        _log = log;
        _epoch = log.Epoch;
        // One timer and one registration for all clients: a thousand of each are 300 KiB.
        _keepAlive = clock.CreateTimer(_ => Wake(HubWake.KeepAlive), null, SseConnection.KeepAliveEvery, SseConnection.KeepAliveEvery);
        _stopping = lifetime.ApplicationStopping.Register(() => Wake(HubWake.Stopping));
    }

    public Task StartAsync(CancellationToken cancellationToken)
    {
        _log.EpochChanged += Reset;
        _attached = _log.Attach(Append);
        return Task.CompletedTask;
    }

    public Task StopAsync(CancellationToken cancellationToken)
    {
        _log.EpochChanged -= Reset;
        _attached?.Dispose();
        return Task.CompletedTask;
    }

    /// <summary>Where the next event will follow.</summary>
    public EventPosition Now
    {
        get
        {
            lock (_gate)
            {
                return new EventPosition(_epoch, _last);
            }
        }
    }

    /// <summary>Whether everything after the position can still be had.</summary>
    public bool Knows(EventPosition position)
    {
        lock (_gate)
        {
            return position.Epoch == _epoch && position.Seq >= _first - 1 && position.Seq <= _last;
        }
    }

    /// <summary>The event after the position, which moves on to it; null when there is none yet. False: the reader has fallen out of the ring (or the epoch changed).</summary>
    public bool TryRead(ref EventPosition position, out HubEvent? next)
    {
        lock (_gate)
        {
            next = null;
            if (position.Epoch != _epoch || position.Seq < _first - 1)
            {
                return false;
            }

            if (position.Seq < _last)
            {
                position = position with { Seq = position.Seq + 1 };
                next = _ring[position.Seq % Capacity]!;
            }

            return true;
        }
    }

    /// <summary>Completes when something follows the position, when a comment is due, or when the process stops.</summary>
    public Task<HubWake> WaitAsync(EventPosition position, CancellationToken cancellationToken)
    {
        lock (_gate)
        {
            if (_stopped)
            {
                return Task.FromResult(HubWake.Stopping);
            }

            if (position.Seq < _last || position.Epoch != _epoch)
            {
                return Task.FromResult(HubWake.Event);
            }

            _wake ??= new TaskCompletionSource<HubWake>(TaskCreationOptions.RunContinuationsAsynchronously);
            return _wake.Task.WaitAsync(cancellationToken);
        }
    }

    public void Dispose()
    {
        _attached?.Dispose();
        _keepAlive.Dispose();
        _stopping.Dispose();
    }

    private void Append(LoggedEvent logged)
    {
        TaskCompletionSource<HubWake>? wake;
        lock (_gate)
        {
            if (logged.Seq <= _last)
            {
                return; // already fed
            }

            if (_last == 0 || logged.Seq != _last + 1)
            {
                // The first one, or a gap on the way from Redis: what came before cannot be replayed any more.
                Clear();
                _first = logged.Seq;
            }

            var size = logged.Message.Data.Length + 128;
            _last = logged.Seq;
            _bytes += size;
            while (_first < _last && (_last - _first >= Capacity || _bytes > MaxBytes))
            {
                ref var oldest = ref _ring[_first % Capacity];
                _bytes -= oldest!.Size;
                oldest = null;
                _first++;
            }

            _ring[_last % Capacity] = new HubEvent(logged, _epoch, size);
            (wake, _wake) = (_wake, null);
        }

        wake?.SetResult(HubWake.Event);
    }

    private void Reset()
    {
        TaskCompletionSource<HubWake>? wake;
        lock (_gate)
        {
            _epoch = _log.Epoch;
            Clear();
            (_first, _last) = (1, 0);
            (wake, _wake) = (_wake, null);
        }

        wake?.SetResult(HubWake.Event);
    }

    private void Wake(HubWake reason)
    {
        TaskCompletionSource<HubWake>? wake;
        lock (_gate)
        {
            _stopped |= reason == HubWake.Stopping;
            (wake, _wake) = (_wake, null);
        }

        wake?.SetResult(reason);
    }

    private void Clear()
    {
        Array.Clear(_ring);
        _bytes = 0;
    }
}
