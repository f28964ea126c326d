namespace Xopc.Gateway.Edge.Limits;

/// <summary>What this edge has drawn from shared buckets and not spent, and which of them are known to be empty. Bounded as <see cref="BucketTable"/> is.</summary>
internal sealed class AllotmentTable(TimeProvider clock)
{
    private const int Sets = 2048;
    private const int Ways = 8;
    private const int LockCount = 64;

    private readonly long _start = clock.GetTimestamp();
    private readonly Slot[] _slots = new Slot[Sets * Ways];
    private readonly Lock[] _locks = [.. Enumerable.Range(0, LockCount).Select(_ => new Lock())];

    /// <summary>Spends one of what is drawn, or repeats a refusal while it holds.</summary>
    public Taken? TryTake(ulong key)
    {
        var now = Now();
        lock (Gate(key))
        {
            ref var slot = ref Find(key, claim: false);
            if (slot.Key != key || slot.Until <= now)
            {
                return null;
            }

            if (slot.IsEmpty)
            {
                return new Taken(false, 0, slot.Until - now);
            }

            return slot.Left > 0 ? new Taken(true, slot.InBucket + --slot.Left, 0) : null;
        }
    }

    /// <summary>Twice the last draw when that one was spent in its time, so that a quiet caller takes little from the others and a busy one asks seldom.</summary>
    public int NextDraw(ulong key, int first, int largest)
    {
        var now = Now();
        lock (Gate(key))
        {
            ref var slot = ref Find(key, claim: false);
            var spentInTime = slot.Key == key && slot.Drawn > 0 && slot.Left == 0 && slot.Until > now;
            return Math.Min(largest, spentInTime ? slot.Drawn * 2 : first);
        }
    }

    public void Granted(ulong key, int left, int drawn, long inBucket)
    {
        lock (Gate(key))
        {
            ref var slot = ref Find(key, claim: true);
            slot = new Slot { Key = key, Until = Now() + SharedBuckets.Lifetime, Left = left, Drawn = drawn, InBucket = inBucket };
        }
    }

    public void Refused(ulong key, long wait)
    {
        lock (Gate(key))
        {
            ref var slot = ref Find(key, claim: true);
            slot = new Slot { Key = key, Until = Now() + Math.Min(wait, SharedBuckets.Lifetime), IsEmpty = true };
        }
    }

    public void Clear()
    {
        for (var set = 0; set < Sets; set++)
        {
            lock (_locks[set % LockCount])
            {
                _slots.AsSpan(set * Ways, Ways).Clear();
            }
        }
    }

    private long Now() => clock.GetElapsedTime(_start).Ticks;

    private Lock Gate(ulong key) => _locks[key % Sets % LockCount];

    private ref Slot Find(ulong key, bool claim)
    {
        var set = _slots.AsSpan((int)(key % Sets) * Ways, Ways);
        var victim = 0;
        for (var i = 0; i < set.Length; i++)
        {
            if (set[i].Key == key)
            {
                return ref set[i];
            }

            if (set[i].Until < set[victim].Until)
            {
                victim = i;
            }
        }

        if (claim)
        {
            set[victim] = default;
        }

        return ref set[victim];
    }

    private struct Slot
    {
        public ulong Key;
        public long Until;
        public long InBucket;
        public int Left;
        public int Drawn;
        public bool IsEmpty;
    }
}
