using StackExchange.Redis;
using Xopc.ServiceDefaults.Redis;

namespace Xopc.Channels.Deliveries;

/// <summary>
/// The same buckets for all workers of an installation, in Redis and on its clock: one script looks at all buckets of a message and takes from each or from
/// none. A bucket is the moment at which it is empty again and expires soon after it; a pause is a key that lives as long as it.
/// </summary>
internal sealed partial class SharedRates(string prefix, string worker, TimeProvider clock, ILogger<SharedRates> log) : SharedDecisions(prefix, "channels", clock)
{
    // Keys: workers, pause, buckets. Arguments: this worker, then interval (microseconds) and burst of each bucket. Answers {workers, pause, wait}; what
    // somebody else wrote into a bucket closes it no longer than a full one.
    private const string TakeScript = Begin + """
        local wait, empty = 0, {}
        for i = 3, #KEYS do
            local interval, burst = tonumber(ARGV[2 * i - 4]), tonumber(ARGV[2 * i - 3])
            local at = math.min(math.max(tonumber(redis.call('GET', KEYS[i])) or 0, now), now + interval * burst)
            wait = math.max(wait, at - now - interval * (burst - 1))
            empty[i] = at + interval
        end
        if wait > 0 then return {workers, 0, math.ceil(wait)} end
        for i = 3, #KEYS do
            redis.call('SET', KEYS[i], string.format('%.0f', empty[i]), 'PX', math.ceil((empty[i] - now) / 1000) + 1000)
        end
        return {workers, 0, 0}
        """;

    // The same for one bucket, of which nothing is taken. Answers {workers, pause, how many may go, wait for one}.
    private const string LookScript = Begin + """
        local interval, burst = tonumber(ARGV[2]), tonumber(ARGV[3])
        local at = math.min(math.max(tonumber(redis.call('GET', KEYS[3])) or 0, now), now + interval * burst)
        local free = burst - math.ceil((at - now) / interval)
        if free > 0 then return {workers, 0, free, 0} end
        return {workers, 0, 0, math.ceil(at - now - interval * (burst - 1))}
        """;

    // Never shorter than one that stands.
    private const string PauseScript = """
        if redis.call('PTTL', KEYS[1]) < tonumber(ARGV[1]) then redis.call('SET', KEYS[1], '1', 'PX', ARGV[1]) end
        return {1}
        """;

    // Who asked within the last minute counts as a worker.
    private const string Begin = """
        local time = redis.call('TIME')
        local now = time[1] * 1000000 + time[2]
        redis.call('ZADD', KEYS[1], now, ARGV[1])
        redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', string.format('%.0f', now - 60000000))
        redis.call('PEXPIRE', KEYS[1], 60000)
        local workers = redis.call('ZCARD', KEYS[1])
        local pause = redis.call('PTTL', KEYS[2])
        if pause > 0 then return {workers, pause * 1000, 0, 0} end

        """;

    private const int MostWorkers = 1_000;

    private readonly ILogger _log = log;
    private volatile int _workers = 1;

    /// <summary>How many workers shared the rates when Redis last answered, this one included.</summary>
    public int Workers => _workers;

    /// <summary>Null: there is no answer now.</summary>
    public async ValueTask<SendWait?> TryTakeAsync(string owner, IReadOnlyList<(string Name, Rate Rate)> buckets)
    {
        RedisKey[] keys = [Key("workers", ""), Key("pause", owner), .. buckets.Select(bucket => Key("rate", bucket.Name))];
        RedisValue[] arguments = [worker, .. buckets.SelectMany(bucket => new RedisValue[] { Interval(bucket.Rate), bucket.Rate.Burst })];
        return Counted(await EvaluateAsync(TakeScript, keys, arguments)) is [_, var pause, var wait, ..]
            ? pause > 0 ? new SendWait(Time(pause, LocalRates.LongestPause), IsPause: true) : new SendWait(Time(wait, Longest(buckets)), IsPause: false)
            : null;
    }

    /// <summary>How many messages an account may send now, and when none, how long until one. Null: there is no answer now.</summary>
    public async ValueTask<(int Free, SendWait Wait)?> LookAsync(string owner, string bucket, Rate rate)
    {
        var answer = await EvaluateAsync(LookScript, [Key("workers", ""), Key("pause", owner), Key("rate", bucket)], [worker, Interval(rate), rate.Burst]);
        return Counted(answer) is [_, var pause, var free, var wait, ..]
            ? pause > 0
                ? (0, new SendWait(Time(pause, LocalRates.LongestPause), IsPause: true))
                : ((int)Math.Clamp(free, 0, int.MaxValue), new SendWait(Time(wait, Longest([(bucket, rate)])), IsPause: false))
            : null;
    }

    public async ValueTask PauseAsync(string owner, TimeSpan time) =>
        await EvaluateAsync(PauseScript, [Key("pause", owner)], [(long)Math.Ceiling(Math.Max(1, time.TotalMilliseconds))]);

    protected override void OnAway(string why) => LogAway(why, Workers);

    protected override void OnBack() => LogBack();

    private long[]? Counted(long[]? answer)
    {
        if (answer is [var workers, ..])
        {
            _workers = (int)Math.Clamp(workers, 1, MostWorkers);
        }

        return answer;
    }

    // The microsecond is Redis's unit; rounding up is slower, never faster.
    private static long Interval(Rate rate) => Math.Max(1, (rate.Interval.Ticks + 9) / 10);

    private static TimeSpan Longest(IReadOnlyList<(string Name, Rate Rate)> buckets) =>
        buckets.Count == 0 ? TimeSpan.Zero : buckets.Max(bucket => bucket.Rate.Interval) + TimeSpan.FromMilliseconds(1);

    private static TimeSpan Time(long microseconds, TimeSpan longest) => TimeSpan.FromTicks(Math.Clamp(microseconds, 0, longest.Ticks / 10) * 10);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Redis does not answer ({Why}): this worker keeps to its share of the platforms' rates, one of {Workers}, until it does")]
    private partial void LogAway(string why, int workers);

    [LoggerMessage(Level = LogLevel.Information, Message = "Redis answers again: the workers share the platforms' rates")]
    private partial void LogBack();
}
