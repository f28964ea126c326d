using Hangfire;
using Hangfire.InMemory;
using Hangfire.Redis.StackExchange;
using StackExchange.Redis;

namespace Xopc.Scheduler.Clock;

/// <summary>Where Hangfire keeps what it holds: in memory in one process, which the tables rebuild at every start; in Redis where there is one.</summary>
internal static class HangfireStorage
{
    /// <summary>Never the library's static one: several hosts of a test would share it.</summary>
    public static JobStorage Create(IConnectionMultiplexer? redis, string keyPrefix) =>
        redis is null
            ? new InMemoryStorage(new InMemoryStorageOptions { MaxExpirationTime = TimeSpan.FromHours(1) })
            : new RedisStorage(redis, new RedisStorageOptions { Prefix = $"{{{keyPrefix}hangfire}}:", SucceededListSize = 100, DeletedListSize = 100 });
}
