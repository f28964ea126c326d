using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Options;

namespace Xopc.Storage;

/// <summary>What a deployment may set about its databases: section <c>Storage</c> (environment: <c>Storage__Durability=Relaxed</c>).</summary>
public sealed class StorageOptions
{
    /// <summary>
    /// <see cref="Storage.Durability.Full"/> (default): what was promised survives a power loss. <see cref="Storage.Durability.Relaxed"/>: every commit is only
    /// safe against the death of the process; a power loss may take the last seconds back, in order and without damage to the file.
    /// For machines whose disk syncs slowly and whose owner accepts that.
    /// </summary>
    public Durability Durability { get; set; } = Durability.Full;

    /// <summary>
    /// How long the ids of finished inbox rows are kept. An unconfirmed outbox row is given up a day before, so that nothing is ever sent again that its
    /// receiver has forgotten.
    /// </summary>
    [Range(typeof(TimeSpan), "2.00:00:00", "365.00:00:00")]
    public TimeSpan InboxAge { get; set; } = TimeSpan.FromDays(7);

    /// <summary>Bytes of finished inbox rows, about 300 per message. Beyond it the oldest ids go before their age: such a message could be worked twice if its sender repeated it.</summary>
    [Range(1L << 20, 1L << 40)]
    public long InboxBytes { get; set; } = 512L << 20;

    /// <summary>How long dead letters are kept.</summary>
    [Range(typeof(TimeSpan), "01:00:00", "3650.00:00:00")]
    public TimeSpan DeadLetterAge { get; set; } = TimeSpan.FromDays(30);

    /// <summary>Bytes of dead letters; beyond it the oldest go.</summary>
    [Range(1L << 20, 1L << 40)]
    public long DeadLetterBytes { get; set; } = 128L << 20;

    /// <summary>How often retention looks.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "1.00:00:00")]
    public TimeSpan RetentionInterval { get; set; } = TimeSpan.FromMinutes(5);

    /// <summary>The age at which an unconfirmed outbox row goes to the dead letters.</summary>
    public TimeSpan OutboxAge => InboxAge - TimeSpan.FromDays(1);
}

[OptionsValidator]
internal sealed partial class StorageOptionsValidator : IValidateOptions<StorageOptions>;
