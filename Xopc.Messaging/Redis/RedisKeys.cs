using StackExchange.Redis;

namespace Xopc.Messaging.Redis;

/// <summary>Every key and channel of messaging, behind the installation's prefix.</summary>
internal sealed class RedisKeys(string prefix)
{
    public RedisKey Events { get; } = $"{prefix}events";

    public RedisKey EventsMeta { get; } = $"{prefix}events:meta";

    public RedisChannel Control { get; } = RedisChannel.Literal($"{prefix}control");

    public RedisKey Stream(string stream) => $"{prefix}{stream}";

    public RedisKey Run(string runId) => $"{prefix}runs/{runId}";

    /// <summary>Same name as the run's key: what was appended there is announced here.</summary>
    public RedisChannel RunChannel(string runId) => RedisChannel.Literal($"{prefix}runs/{runId}");
}
