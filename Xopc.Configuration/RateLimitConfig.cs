using System.ComponentModel;
using System.ComponentModel.DataAnnotations;

namespace Xopc.Configuration;

/// <summary>How many requests a caller may send: a bucket per principal and one per client address.</summary>
public sealed record RateLimitConfig
{
    [Description("Whether requests are limited.")]
    public bool Enabled { get; init; } = true;

    /// <summary>What a bucket gains in a second.</summary>
    [Description("What a bucket gains in a second.")]
    [Range(1, 100_000)]
    public int RequestsPerSecond { get; init; } = 100;

    /// <summary>What a bucket holds when it is full.</summary>
    [Description("What a full bucket holds.")]
    [Range(1, 1_000_000)]
    public int Burst { get; init; } = 400;

    /// <summary>The same for requests that make a model work, per minute. They draw from both buckets.</summary>
    [Description("Requests a minute that make a model work.")]
    [Range(1, 1_000_000)]
    public int ModelRequestsPerMinute { get; init; } = 120;

    [Description("How many of them at once.")]
    [Range(1, 1_000_000)]
    public int ModelBurst { get; init; } = 60;

    /// <summary>Whether the main credential, and what needs none, is unlimited from this machine. API keys are limited wherever they come from.</summary>
    [Description("Whether the main credential is unlimited from this machine.")]
    public bool ExemptLoopback { get; init; } = true;
}
