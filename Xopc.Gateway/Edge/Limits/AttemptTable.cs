using Xopc.Configuration;

namespace Xopc.Gateway.Edge.Limits;

/// <summary>What a counted failure means.</summary>
/// <param name="Blocked">How long the caller was and is blocked; null: this attempt was judged.</param>
/// <param name="BlocksNow">This attempt was the last one that is judged.</param>
internal readonly record struct AttemptCount(TimeSpan? Blocked, bool BlocksNow);

/// <summary>
/// Failed attempts per caller, in memory, at most <paramref name="capacity"/> callers (16,384: about 3 MiB). A full table forgets who is not blocked first, the oldest
/// before the others, and only then the block that would end first: so nobody ends his own block with attempts from other addresses, unless he has
/// blocked as many addresses as the table is large.
/// </summary>
internal sealed class AttemptTable(TimeProvider clock, int capacity = AttemptTable.DefaultCapacity)
{
    public const int DefaultCapacity = 16_384;

    private readonly Lock _gate = new();
    private readonly long _start = clock.GetTimestamp();
    private readonly Dictionary<AttemptKey, LinkedListNode<Entry>> _entries = [];
    private readonly LinkedList<Entry> _counting = new();
    private readonly LinkedList<Entry> _blocked = new();
    private volatile int _count;

    public int Count => _count;

    /// <summary>Counts one failure, unless the caller is blocked already.</summary>
    public AttemptCount Fail(AttemptKey key, AuthRateLimitConfig limit)
    {
        lock (_gate)
        {
            var now = Now();
            DropEnded(now);
            if (_entries.TryGetValue(key, out var node) && node.Value.Until <= now)
            {
                Remove(node);
                node = null;
            }

            if (node is { Value.IsBlocked: true })
            {
                return new AttemptCount(node.Value.Until - now, BlocksNow: false);
            }

            node ??= Add(_counting, new Entry(key, now + TimeSpan.FromMilliseconds(limit.WindowMs)));
            if (++node.Value.Failures < limit.MaxAttempts)
            {
                return default;
            }

            Block(node, now + TimeSpan.FromMilliseconds(limit.BlockDurationMs));
            return new AttemptCount(null, BlocksNow: true);
        }
    }

    public TimeSpan? BlockedFor(AttemptKey key)
    {
        if (_count == 0)
        {
            return null;
        }

        lock (_gate)
        {
            return _entries.TryGetValue(key, out var node) && node.Value.IsBlocked && node.Value.Until - Now() is { Ticks: > 0 } left ? left : null;
        }
    }

    /// <summary>Another edge blocked the caller.</summary>
    public void Block(AttemptKey key, TimeSpan duration)
    {
        lock (_gate)
        {
            Block(_entries.GetValueOrDefault(key) ?? Add(_counting, new Entry(key, default)), Now() + duration);
        }
    }

    /// <returns>Whether there was something to forget.</returns>
    public bool Forget(AttemptKey key)
    {
        if (_count == 0)
        {
            return false;
        }

        lock (_gate)
        {
            if (!_entries.TryGetValue(key, out var node))
            {
                return false;
            }

            Remove(node);
            return true;
        }
    }

    public void Clear()
    {
        lock (_gate)
        {
            _entries.Clear();
            _counting.Clear();
            _blocked.Clear();
            _count = 0;
        }
    }

    private TimeSpan Now() => clock.GetElapsedTime(_start);

    private LinkedListNode<Entry> Add(LinkedList<Entry> list, Entry entry)
    {
        if (_entries.Count >= capacity && (_counting.First ?? _blocked.First) is { } oldest)
        {
            Remove(oldest);
        }

        var node = list.AddLast(entry);
        _entries[entry.Key] = node;
        _count = _entries.Count;
        return node;
    }

    private void Block(LinkedListNode<Entry> node, TimeSpan until)
    {
        node.List!.Remove(node);
        (node.Value.Until, node.Value.IsBlocked) = (until, true);
        _blocked.AddLast(node);
    }

    private void Remove(LinkedListNode<Entry> node)
    {
        node.List!.Remove(node);
        _entries.Remove(node.Value.Key);
        _count = _entries.Count;
    }

    // Windows and blocks end in the order they began, so the ended ones stand in front.
    private void DropEnded(TimeSpan now)
    {
        const int AtOnce = 8;
        for (var i = 0; i < AtOnce && _counting.First is { } first && first.Value.Until <= now; i++)
        {
            Remove(first);
        }

        for (var i = 0; i < AtOnce && _blocked.First is { } first && first.Value.Until <= now; i++)
        {
            Remove(first);
        }
    }

    private sealed class Entry(AttemptKey key, TimeSpan until)
    {
        public AttemptKey Key { get; } = key;

        /// <summary>End of the window, or of the block.</summary>
        public TimeSpan Until { get; set; } = until;

        public int Failures { get; set; }

        public bool IsBlocked { get; set; }
    }
}
