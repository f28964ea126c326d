using StackExchange.Redis;
using Xopc.Configuration;

namespace Xopc.Gateway.Edge.Limits;

/// <summary>The same count over all edges of an installation, in Redis. A key lives as long as its window or block.</summary>
internal sealed class SharedAttempts(RedisLink redis)
{
    // Fields c: failures of the window, b: blocked. Answers {was blocked, is blocked, ms left}.
    private const string FailScript = """
        if redis.call('HEXISTS', KEYS[1], 'b') == 1 then
            return {1, 1, redis.call('PTTL', KEYS[1])}
        end
        local failures = redis.call('HINCRBY', KEYS[1], 'c', 1)
        if failures == 1 then
            redis.call('PEXPIRE', KEYS[1], ARGV[2])
        end
        if failures < tonumber(ARGV[1]) then
            return {0, 0, 0}
        end
        redis.call('HSET', KEYS[1], 'b', 1)
        redis.call('PEXPIRE', KEYS[1], ARGV[3])
        return {0, 1, tonumber(ARGV[3])}
        """;

    public bool IsConfigured => redis.IsConfigured;

    /// <summary>Null: Redis did not answer. Otherwise what it counted, and how long the block lasts that stands now.</summary>
    public async ValueTask<(AttemptCount Count, TimeSpan Left)?> FailAsync(AttemptKey key, AuthRateLimitConfig limit)
    {
        var answer = await redis.EvaluateAsync(FailScript, KeyOf(key), [limit.MaxAttempts, limit.WindowMs, limit.BlockDurationMs]);
        return Read(answer);
    }

    internal static (AttemptCount Count, TimeSpan Left)? Read(long[]? answer)
    {
        if (answer is not [var was, var now, var left])
        {
            return null;
        }

        var wait = TimeSpan.FromMilliseconds(Math.Clamp(left, 1, int.MaxValue));
        return (new AttemptCount(was == 1 ? wait : null, BlocksNow: was == 0 && now == 1), now == 1 ? wait : TimeSpan.Zero);
    }

    public void Forget(AttemptKey key) => redis.Delete(KeyOf(key));

    private RedisKey KeyOf(AttemptKey key) => redis.Key("auth", key.ToString());
}
