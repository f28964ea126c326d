namespace Xopc.Scheduler.Occurrences;

/// <summary>What the sweep of this process knows of itself, for health.</summary>
internal sealed class SweepState(TimeProvider clock)
{
    /// <summary>When this process began.</summary>
    public DateTimeOffset Since { get; } = clock.GetUtcNow();

    private volatile Evidence _evidence = new(null, 0, null);

    /// <summary>Of the last sweep that went through.</summary>
    public Evidence Current => _evidence;

    public void Swept(DateTimeOffset at, int damaged, long? nextMs) => _evidence = new Evidence(at, damaged, nextMs);

    /// <param name="At">Null: none has gone through yet.</param>
    /// <param name="Damaged">Jobs whose rows cannot be read.</param>
    /// <param name="NextMs">When something is due next.</param>
    public sealed record Evidence(DateTimeOffset? At, int Damaged, long? NextMs);
}
