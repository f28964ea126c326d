namespace Xopc.ServiceDefaults.Redis;

/// <summary>
/// How Redis is registered. Bound from <c>Aspire:StackExchange:Redis</c>, then <c>Aspire:StackExchange:Redis:{name}</c>; the connection string of
/// <c>ConnectionStrings:{name}</c> wins over both, and code over all. The names are Aspire's, so that one configuration serves both registrations.
/// </summary>
public sealed class XopcRedisSettings
{
    /// <summary>StackExchange.Redis syntax: <c>host:6379,password=…,ssl=true</c>.</summary>
    public string? ConnectionString { get; set; }

    public bool DisableHealthChecks { get; set; }

    public bool DisableTracing { get; set; }

    /// <summary>True: the connection is made when it is first asked for. False: at start.</summary>
    public bool DisableAutoActivation { get; set; } = true;
}
