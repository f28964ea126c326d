using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Options;

namespace Xopc.Messaging;

/// <summary>Deployment settings of messaging, section <c>Messaging</c>. The defaults fit one machine and a small Redis.</summary>
public sealed class MessagingOptions
{
    /// <summary>Stands before every Redis key and channel. The braces keep all keys of an installation in one cluster slot, which the scripts need.</summary>
    [Required, RegularExpression(@"^\{[A-Za-z0-9_.-]{1,64}\}:$")]
    public string KeyPrefix { get; set; } = "{xopc}:";

    /// <summary>Stable name of this process among those of its role; empty: machine and process id. A stable name finds its own unfinished entries again at once.</summary>
    [StringLength(100)]
    public string Instance { get; set; } = "";

    /// <summary>Entries of a work stream at which senders wait. Acknowledged entries are deleted, so this counts unacknowledged work.</summary>
    [Range(1, 1_000_000)]
    public int StreamCapacity { get; set; } = 10_000;

    /// <summary>Rows or entries of one pass.</summary>
    [Range(1, 10_000)]
    public int BatchSize { get; set; } = 256;

    /// <summary>A published row that is unconfirmed for so long is published again.</summary>
    [Range(typeof(TimeSpan), "00:00:00.050", "01:00:00")]
    public TimeSpan SweepAfter { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>How long a relay's lease outlives its holder.</summary>
    [Range(typeof(TimeSpan), "00:00:00.100", "00:10:00")]
    public TimeSpan RelayLease { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>Safety poll of outbox and work, for rows that another process wrote. Without Redis, where there is no other, a second unless it is set.</summary>
    [Range(typeof(TimeSpan), "00:00:00.010", "00:01:00")]
    public TimeSpan PollEvery { get; set; } = TimeSpan.FromMilliseconds(250);

    /// <summary>An entry that a consumer holds unacknowledged for so long may be claimed by another.</summary>
    [Range(typeof(TimeSpan), "00:00:00.010", "01:00:00")]
    public TimeSpan ClaimIdle { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>How often a consumer looks for abandoned entries.</summary>
    [Range(typeof(TimeSpan), "00:00:00.010", "01:00:00")]
    public TimeSpan ClaimEvery { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>After so many failed acceptances a message goes to the dead letters.</summary>
    [Range(1, 100)]
    public int AcceptAttempts { get; set; } = 5;

    /// <summary>Pause before a message whose key was full, or whose acceptance failed, is tried again.</summary>
    [Range(typeof(TimeSpan), "00:00:00.010", "00:05:00")]
    public TimeSpan RetryAfter { get; set; } = TimeSpan.FromMilliseconds(500);

    /// <summary>Entries a consumer keeps for a later try; beyond it they go back to waiting in their sender's outbox.</summary>
    [Range(1, 100_000)]
    public int ParkedCapacity { get; set; } = 1_000;

    /// <summary>Events kept for replay on Redis.</summary>
    [Range(1, 1_000_000)]
    public int EventsKept { get; set; } = 10_000;

    /// <summary>Events that may wait for Redis in memory; more are dropped and counted.</summary>
    [Range(1, 1_000_000)]
    public int EventBuffer { get; set; } = 10_000;

    /// <summary>Updates kept of one run.</summary>
    [Range(16, 1_000_000)]
    public int RunUpdates { get; set; } = 8_000;

    /// <summary>Bytes kept of one run.</summary>
    [Range(1024, 1 << 30)]
    public int RunBytes { get; set; } = 4 << 20;

    /// <summary>How long a run can be had after its terminal update, unless the two bounds below are reached first.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "1.00:00:00")]
    public TimeSpan RunKept { get; set; } = TimeSpan.FromMinutes(5);

    /// <summary>Ended runs kept in memory, and runs that may be open at once.</summary>
    [Range(1, 1_000_000)]
    public int RunsKept { get; set; } = 4_096;

    /// <summary>Bytes of ended runs kept in memory.</summary>
    [Range(1024, 1L << 40)]
    public long RunsBytes { get; set; } = 32L << 20;

    internal string ConsumerName => Instance.Length > 0 ? Instance : $"{Environment.MachineName}-{Environment.ProcessId}";
}

[OptionsValidator]
internal sealed partial class MessagingOptionsValidator : IValidateOptions<MessagingOptions>;
