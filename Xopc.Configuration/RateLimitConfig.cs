namespace Xopc.Configuration;

/// <summary>How many requests a caller may send: a bucket per principal and one per client address.</summary>
public sealed record RateLimitConfig
{
    public bool Enabled { get; init; } = true;

    /// <summary>What a bucket gains in a second.</summary>
    public int RequestsPerSecond { get; init; } = 100;

    /// <summary>What a bucket holds when it is full.</summary>
    public int Burst { get; init; } = 400;

    /// <summary>The same for requests that make a model work, per minute. They draw from both buckets.</summary>
    public int ModelRequestsPerMinute { get; init; } = 120;

    public int ModelBurst { get; init; } = 60;

    /// <summary>Whether the main credential, and what needs none, is unlimited from this machine. API keys are limited wherever they come from.</summary>
    public bool ExemptLoopback { get; init; } = true;
}
