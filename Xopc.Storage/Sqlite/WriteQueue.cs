namespace Xopc.Storage.Sqlite;

/// <summary>
/// What the writer thread takes its groups from. Bounded; a full queue makes callers wait, for a bound too. A lock and a pulse instead of a channel,
/// because the reading end is a thread of its own that sleeps in the kernel: syncing a disk on a pool thread would starve everybody else's continuations.
/// </summary>
internal sealed class WriteQueue(int capacity) : IDisposable
{
    private readonly Lock _gate = new();
    private readonly SemaphoreSlim _slots = new(capacity, capacity);
    private readonly AutoResetEvent _wake = new(initialState: false);
    private readonly Queue<PendingWrite> _waiting = new();
    private bool _readerSleeps;
    private bool _closed;
    private volatile int _count;

    public int Count => _count;

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

    /// <summary>Moves up to <paramref name="limit"/> writes into <paramref name="group"/>, sleeping until there is one; returns early, empty, after <paramref name="nap"/>. False: closed and empty.</summary>
    public bool Take(List<PendingWrite> group, int limit, TimeSpan nap)
    {
        if (!MoveTo(group, limit, mayEnd: out var end))
        {
            if (end)
            {
                return false;
            }

            _wake.WaitOne(nap);
            MoveTo(group, limit, out end);
        }

        if (group.Count > 0)
        {
            _slots.Release(group.Count);
        }

        return group.Count > 0 || !end;
    }

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
            _count = _waiting.Count;
            wake = _readerSleeps;
            _readerSleeps = false;
        }

        if (wake)
        {
            _wake.Set();
        }
    }

    private bool MoveTo(List<PendingWrite> group, int limit, out bool mayEnd)
    {
        lock (_gate)
        {
            while (group.Count < limit && _waiting.TryDequeue(out var write))
            {
                group.Add(write);
            }

            _count = _waiting.Count;
            mayEnd = _closed && group.Count == 0;
            _readerSleeps = group.Count == 0;
            return group.Count > 0;
        }
    }
}
