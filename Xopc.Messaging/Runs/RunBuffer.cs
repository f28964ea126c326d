using System.Collections.Immutable;
using Xopc.Contracts.Runs;

namespace Xopc.Messaging.Runs;

/// <summary>
/// The kept updates of one run: a ring under a short lock. The oldest go first when the bounds are reached; the newest is always kept, so the terminal
/// update can be missed by nobody who holds the buffer.
/// </summary>
internal sealed class RunBuffer(string runId, LocalRunLog log)
{
    private const int UpdateOverhead = 96; // a RunUpdate, its strings shared, and its slot

    private readonly Lock _gate = new();
    private RunUpdate[] _ring = new RunUpdate[8];
    private ImmutableArray<RunWatcher> _watchers = [];
    private RunUpdateId _lastTrimmed;
    private long _first; // index of the oldest kept update since the run's beginning
    private int _count;
    private long _bytes;
    private int _opened;
    private bool _abandoned;

    public string RunId { get; } = runId;

    public bool Ended { get; private set; }

    /// <summary>When it was opened or last written, by the log's clock.</summary>
    public long TouchedAt { get; private set; } = log.Now;

    public long Bytes => _bytes;

    /// <summary>The number of this opening; 0: given up in this moment, a new buffer is due.</summary>
    public int TryOpen()
    {
        lock (_gate)
        {
            return _abandoned ? 0 : ++_opened;
        }
    }

    /// <summary>Lets the watchers go without an end, unless the run has one or a later opening writes it.</summary>
    public bool TryAbandon(int opening)
    {
        ImmutableArray<RunWatcher> watchers;
        lock (_gate)
        {
            if (Ended || _abandoned || opening != _opened)
            {
                return false;
            }

            _abandoned = true;
            watchers = _watchers;
        }

        foreach (var watcher in watchers)
        {
            watcher.Wake.Set();
        }

        return true;
    }

    public void Append(RunUpdate update)
    {
        ImmutableArray<RunWatcher> watchers;
        lock (_gate)
        {
            if (Ended || _abandoned || (_count > 0 && update.Id <= At(_count - 1).Id))
            {
                log.Refused();
                return;
            }

            Add(update);
            Trim();
            TouchedAt = log.Now;
            Ended = update.IsTerminal;
            watchers = _watchers;
        }

        foreach (var watcher in watchers)
        {
            watcher.Wake.Set();
        }

        if (update.IsTerminal)
        {
            log.RunEnded(this);
        }
    }

    public void Watch(RunWatcher watcher)
    {
        lock (_gate)
        {
            _watchers = _watchers.Add(watcher);
        }
    }

    public void Unwatch(RunWatcher watcher)
    {
        lock (_gate)
        {
            _watchers = _watchers.Remove(watcher);
        }
    }

    public bool IsWatched => !_watchers.IsEmpty;

    /// <summary>Copies what follows the watcher's place and moves it. <paramref name="last"/>: nothing will follow this batch.</summary>
    public RunUpdates Take(RunWatcher watcher, int max, out bool last)
    {
        lock (_gate)
        {
            var complete = true;
            if (watcher.Next < 0)
            {
                if (_count == 0)
                {
                    last = Ended || _abandoned;
                    return new RunUpdates([], true);
                }

                complete = Place(watcher);
            }
            else if (watcher.Next < _first)
            {
                watcher.Next = _first;
                complete = false;
            }

            var from = (int)(watcher.Next - _first);
            var batch = new RunUpdate[Math.Min(_count - from, max)];
            for (var i = 0; i < batch.Length; i++)
            {
                batch[i] = At(from + i);
            }

            watcher.Next += batch.Length;
            last = (Ended || _abandoned) && watcher.Next == _first + _count;
            return new RunUpdates(batch, complete);
        }
    }

    /// <summary>The oldest kept position: what is older is gone everywhere.</summary>
    public RunUpdateId FirstKept()
    {
        lock (_gate)
        {
            return _count == 0 ? default : At(0).Id;
        }
    }

    /// <summary>Finds the first update after the watcher's position. False: the position is not one of this log, or what followed it is gone.</summary>
    private bool Place(RunWatcher watcher)
    {
        if (watcher.After is not { } after || after <= new RunUpdateId(1, 0))
        {
            watcher.Next = _first;
            return At(0).Id == new RunUpdateId(1, 1);
        }

        var (low, high) = (0, _count);
        while (low < high)
        {
            var middle = (low + high) / 2;
            (low, high) = At(middle).Id > after ? (low, middle) : (middle + 1, high);
        }

        var known = low > 0 ? At(low - 1).Id == after : _first > 0 && _lastTrimmed == after;

        // A position past the end is of another log: its holder gets all there is, so that it cannot miss the end.
        watcher.Next = known || low < _count ? _first + low : _first;
        return known;
    }

    private void Add(RunUpdate update)
    {
        if (_count == _ring.Length)
        {
            var larger = new RunUpdate[_ring.Length * 2];
            for (var i = 0; i < _count; i++)
            {
                larger[(_first + i) % larger.Length] = At(i);
            }

            _ring = larger;
        }

        _ring[(_first + _count) % _ring.Length] = update;
        _count++;
        _bytes += update.Data.Length + UpdateOverhead;
    }

    private void Trim()
    {
        while (_count > 1 && (_count > log.UpdatesBound || _bytes > log.BytesBound))
        {
            var oldest = At(0);
            _ring[_first % _ring.Length] = null!;
            _lastTrimmed = oldest.Id;
            _bytes -= oldest.Data.Length + UpdateOverhead;
            _first++;
            _count--;
        }
    }

    private RunUpdate At(int index) => _ring[(_first + index) % _ring.Length];
}
