namespace Xopc.Storage.Sqlite;

/// <summary>
/// What the writer thread takes its groups from. Bounded; a full queue makes callers wait, for a bound too. A lock and a pulse instead of a channel,
/// because the reading end is a thread of its own that sleeps in the kernel.
/// </summary>
internal sealed class WriteQueue(int capacity) : IDisposable
{
    private readonly Lock _gate = new();
    private readonly SemaphoreSlim _slots = new(capacity, capacity);
    private readonly AutoResetEvent _wake = new(initialState: false);
    private readonly Queue<PendingWrite> _waiting = new();
    private bool _readerSleeps;
    private bool _closed;
    private int _unfinished;

    /// <summary>Writes that wait or are being committed.</summary>
    public int Unfinished => Volatile.Read(ref _unfinished);

    /// <summary>False when the queue is full; <see cref="EnqueueAsync"/> waits.</summary>
    public bool TryEnqueue(PendingWrite write)
    {
        if (!_slots.Wait(0, CancellationToken.None))
        {
            return false;
        }

        Add(write);
        return true;
    }

    /// <summary>False when no slot became free within <paramref name="patience"/>.</summary>
    public async Task<bool> EnqueueAsync(PendingWrite write, TimeSpan patience, CancellationToken cancellationToken)
    {
        if (!await _slots.WaitAsync(patience, cancellationToken))
        {
            return false;
        }

        Add(write);
        return true;
    }

    /// <summary>Sleeps until a write waits or somebody wakes it, at most for <paramref name="nap"/>. False: closed and empty.</summary>
    public bool Sleep(TimeSpan nap)
    {
        lock (_gate)
        {
            if (_waiting.Count > 0 || _closed)
            {
                return _waiting.Count > 0;
            }

            _readerSleeps = true;
        }

        _wake.WaitOne(nap);
        lock (_gate)
        {
            _readerSleeps = false;
            return _waiting.Count > 0 || !_closed;
        }
    }

    /// <summary>Moves up to <paramref name="limit"/> writes into <paramref name="group"/>; <see cref="Finish"/> follows.</summary>
    public void Take(List<PendingWrite> group, int limit)
    {
        lock (_gate)
        {
            while (group.Count < limit && _waiting.TryDequeue(out var write))
            {
                group.Add(write);
            }
        }

        if (group.Count > 0)
        {
            _slots.Release(group.Count);
        }
    }

    /// <summary>So many of the writes taken have been told what became of them.</summary>
    public void Finish(int count) => Interlocked.Add(ref _unfinished, -count);

    public void Wake() => _wake.Set();

    /// <summary>Takes no more; what waits is still handed out.</summary>
    public void Close()
    {
        lock (_gate)
        {
            _closed = true;
        }

        _wake.Set();
    }

    public void Dispose()
    {
        _slots.Dispose();
        _wake.Dispose();
    }

    private void Add(PendingWrite write)
    {
        bool wake;
        lock (_gate)
        {
            ObjectDisposedException.ThrowIf(_closed, typeof(Database));
            _waiting.Enqueue(write);
            Interlocked.Increment(ref _unfinished);
            wake = _readerSleeps;
            _readerSleeps = false;
        }

        if (wake)
        {
            _wake.Set();
        }
    }
}
