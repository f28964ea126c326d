namespace Xopc.Gateway.Edge.Limits;

/// <summary>
/// One bucket for all edges of an installation, in Redis. An edge draws several requests at a time and spends them within a second, so that most
/// requests ask nobody. What it draws and does not spend is lost, never saved up: the bucket in Redis is smaller by what it gains in that
/// second, so over any span of time all edges together grant no more than the configured burst and rate.
/// </summary>
internal sealed class SharedBuckets(RedisLink redis, TimeProvider clock)
{
    /// <summary>How long an allotment may be spent, in ticks.</summary>
    internal const long Lifetime = TimeSpan.TicksPerSecond;

    private const int FirstDraw = 4;

    // Of a rate that is far above the default: half of what comes back in a lifetime is what bounds a draw before this does.
    private const int LargestDraw = 512;
    private const int StripeCount = 64;

    // The time at which the bucket is full again, in microseconds of Redis's clock. Answers {granted, left in the bucket, wait for one}.
    private const string DrawScript = """
        local time = redis.call('TIME')
        local now = time[1] * 1000000 + time[2]
        local interval, depth, want = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])
        local full = tonumber(redis.call('GET', KEYS[1]) or '0')
        if full < now then full = now end
        local room = depth - (full - now)
        local granted = math.floor(room / interval)
        if granted > want then granted = want end
        if granted < 1 then return {0, 0, math.ceil(interval - room)} end
        full = full + granted * interval
        redis.call('SET', KEYS[1], string.format('%.0f', full), 'PX', math.ceil((full - now) / 1000) + 1000)
        return {granted, math.floor((depth - (full - now)) / interval), 0}
        """;

    private readonly AllotmentTable _allotments = new(clock);
    private readonly SemaphoreSlim[] _drawing = [.. Enumerable.Range(0, StripeCount).Select(_ => new SemaphoreSlim(1, 1))];

    public bool IsAvailable => redis.IsAvailable;

    public bool IsConfigured => redis.IsConfigured;

    /// <summary>Null: nothing is drawn and nothing known; ask <see cref="DrawAsync"/>.</summary>
    public Taken? TryTake(BucketKey bucket) => _allotments.TryTake(bucket.Hash);

    /// <summary>Null: Redis does not answer.</summary>
    public async ValueTask<Taken?> DrawAsync(BucketKey bucket, Rate rate)
    {
        // One draw at a time for a bucket: a hundred requests at once would draw a hundred allotments and waste most of them.
        var hash = bucket.Hash;
        var stripe = _drawing[hash % StripeCount];
        await stripe.WaitAsync();
        try
        {
            if (_allotments.TryTake(hash) is { } already)
            {
                return already;
            }

            // The microsecond is Redis's unit; rounding up grants less, never more.
            var interval = Math.Max(1, (rate.Interval + 9) / 10);
            var held = Held(rate);
            var want = held == 0 ? 1 : _allotments.NextDraw(hash, FirstDraw, Math.Clamp(held / 2, 1, LargestDraw));
            var answer = await redis.EvaluateAsync(DrawScript, redis.Key("rate", bucket.ToString()), [interval, interval * (rate.Burst - held), want]);
            if (answer is not [var granted, var left, var wait])
            {
                return null;
            }

            if (granted == 0)
            {
                wait = Math.Clamp(wait, 1, interval); // what somebody else wrote there must not close this bucket for years
                _allotments.Refused(hash, wait * 10);
                return new Taken(false, 0, wait * 10);
            }

            _allotments.Granted(hash, (int)granted - 1, (int)want, left);
            return new Taken(true, left + granted - 1, 0);
        }
        finally
        {
            stripe.Release();
        }
    }

    public void Clear() => _allotments.Clear();

    /// <summary>What may lie at the edges: what comes back within a lifetime. 0 for a small bucket, which would be left with nothing: each request asks then.</summary>
    private static int Held(Rate rate) => (Lifetime / rate.Interval) + 1 is var held && held * 2 <= rate.Burst ? (int)held : 0;
}
