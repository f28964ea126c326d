namespace Xopc.Gateway.Edge.Limits;

/// <summary>
/// The token buckets of this process, one number each: the time at which a bucket is full again. A fixed table in sets of eight (65,536 buckets, 1 MiB):
/// a million callers take no more than ten. A new bucket takes the place of the one of its set that is full soonest; one that is full already
/// loses nothing by it, for a bucket nobody knows is a full one.
/// </summary>
internal sealed class BucketTable(TimeProvider clock, int capacity = BucketTable.DefaultCapacity)
{
    public const int DefaultCapacity = 65_536;
    private const int Ways = 8;
    private const int LockCount = 256;

    private readonly long _start = clock.GetTimestamp();
    private readonly Slot[] _slots = new Slot[capacity];
    private readonly Lock[] _locks = [.. Enumerable.Range(0, LockCount).Select(_ => new Lock())];

    /// <summary>Buckets the table can hold.</summary>
    public int Capacity => _slots.Length;

    /// <summary>Buckets in the table.</summary>
    public int Count()
    {
        var count = 0;
        foreach (var slot in _slots)
        {
            count += slot.Key == 0 ? 0 : 1;
        }

        return count;
    }

    public Taken Take(BucketKey bucket, Rate rate)
    {
        var key = bucket.Hash;
        var set = (int)(key % (ulong)(_slots.Length / Ways));
        var now = clock.GetElapsedTime(_start).Ticks;
        lock (_locks[set % LockCount])
        {
            ref var slot = ref Find(_slots.AsSpan(set * Ways, Ways), key);
            var full = Math.Max(slot.FullAt, now) + rate.Interval;
            var over = full - now - rate.Depth;
            if (over > 0)
            {
                return new Taken(false, 0, over);
            }

            slot.FullAt = full;
            return new Taken(true, -over / rate.Interval, 0);
        }
    }

    /// <summary>All full again: what was counted under other limits means nothing under new ones.</summary>
    public void Clear()
    {
        for (var set = 0; set < _slots.Length / Ways; set++)
        {
            lock (_locks[set % LockCount])
            {
                _slots.AsSpan(set * Ways, Ways).Clear();
            }
        }
    }

    private static ref Slot Find(Span<Slot> set, ulong key)
    {
        var victim = 0;
        for (var i = 0; i < set.Length; i++)
        {
            if (set[i].Key == key)
            {
                return ref set[i];
            }

            if (set[i].FullAt < set[victim].FullAt)
            {
                victim = i;
            }
        }

        set[victim] = new Slot { Key = key };
        return ref set[victim];
    }

    private struct Slot
    {
        public ulong Key;
        public long FullAt;
    }
}
