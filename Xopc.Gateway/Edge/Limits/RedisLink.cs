using StackExchange.Redis;
using Xopc.ServiceDefaults.Redis;

namespace Xopc.Gateway.Edge.Limits;

/// <summary>The limiters' way to Redis, where there is one; while it is away every edge counts for itself.</summary>
internal sealed partial class RedisLink(string prefix, EdgeMetrics metrics, TimeProvider clock, ILogger<RedisLink> log) : SharedDecisions(prefix, "edge", clock)
{
    private readonly ILogger _log = log;

    /// <summary>Null: there is no answer now.</summary>
    public ValueTask<long[]?> EvaluateAsync(string script, RedisKey key, RedisValue[] arguments) => EvaluateAsync(script, [key], arguments);

    protected override void OnAsked(bool answered) => metrics.Shared(answered);

    protected override void OnAway(string why) => LogAway(why);

    protected override void OnBack() => LogBack();

    [LoggerMessage(Level = LogLevel.Warning, Message = "Redis does not answer ({Why}): this edge limits requests and failed authentications by itself until it does")]
    private partial void LogAway(string why);

    [LoggerMessage(Level = LogLevel.Information, Message = "Redis answers again: the edges share their limits")]
    private partial void LogBack();
}
