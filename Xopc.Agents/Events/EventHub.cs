using System.Globalization;
using System.Text;
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
    private readonly Lock _gate = new();
    private readonly HubEvent?[] _ring = new HubEvent?[Capacity];
    private IDisposable? _attached;
    private TaskCompletionSource? _wake;
    private string _epoch;
    private long _first = 1;
    private long _last;
    private long _bytes;

    public EventHub(IEventLog log)
    {
        _log = log;
        _epoch = log.Epoch;
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

    /// <summary>Events after the position, at most <paramref name="batch"/> full; false: the reader has fallen out of the ring (or the epoch changed).</summary>
    public bool Read(ref EventPosition position, List<HubEvent> batch, int limit)
    {
        lock (_gate)
        {
            if (position.Epoch != _epoch || position.Seq < _first - 1)
            {
                return false;
            }

            var end = Math.Min(_last, position.Seq + limit);
            for (var seq = position.Seq + 1; seq <= end; seq++)
            {
                batch.Add(_ring[seq % Capacity]!);
            }

            position = position with { Seq = end };
            return true;
        }
    }

    /// <summary>Completes when something follows the position.</summary>
    public Task WaitAsync(EventPosition position, CancellationToken cancellationToken)
    {
        lock (_gate)
        {
            if (position.Seq < _last || position.Epoch != _epoch)
            {
                return Task.CompletedTask;
            }

            _wake ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            return _wake.Task.WaitAsync(cancellationToken);
        }
    }

    public void Dispose() => _attached?.Dispose();

    private void Append(LoggedEvent logged)
    {
        TaskCompletionSource? wake;
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

        wake?.SetResult();
    }

    private void Reset()
    {
        TaskCompletionSource? wake;
        lock (_gate)
        {
            _epoch = _log.Epoch;
            Clear();
            (_first, _last) = (1, 0);
            (wake, _wake) = (_wake, null);
        }

        wake?.SetResult();
    }

    private void Clear()
    {
        Array.Clear(_ring);
        _bytes = 0;
    }
}

/// <summary>A place in the one order of events; printed <c>{epoch}-{seq}</c>, opaque to clients.</summary>
internal readonly record struct EventPosition(string Epoch, long Seq)
{
    public static EventPosition? Parse(string? text)
    {
        var dash = text?.LastIndexOf('-') ?? -1;
        return dash > 0 && long.TryParse(text.AsSpan(dash + 1), NumberStyles.None, CultureInfo.InvariantCulture, out var seq)
            ? new EventPosition(text![..dash], seq)
            : null;
    }

    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Epoch}-{Seq}");
}

/// <summary>An event in the ring; its SSE frame is built by the first client that sends it and shared by all.</summary>
internal sealed class HubEvent(LoggedEvent logged, string epoch, int size)
{
    private byte[]? _frame;

    public int Size => size;

    public string? SessionKey => logged.Message.SessionKey;

    public byte[] Frame => _frame ??= Build();

    private byte[] Build()
    {
        var data = logged.Message.Data.Span;
        var head = Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $"id: {epoch}-{logged.Seq}\nevent: {logged.Message.Type}\ndata: "));
        var frame = new byte[head.Length + data.Length + 2];
        head.CopyTo(frame, 0);
        data.CopyTo(frame.AsSpan(head.Length));
        "\n\n"u8.CopyTo(frame.AsSpan(head.Length + data.Length));
        return frame;
    }
}
