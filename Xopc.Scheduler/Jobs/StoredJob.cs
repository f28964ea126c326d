namespace Xopc.Scheduler.Jobs;

/// <summary>A row of the store: the job, and what became of it so far.</summary>
/// <param name="Job">Null: the row cannot be read, see <paramref name="Damage"/>. It is never passed over: it stands in every list, and nothing overwrites it but its deletion.</param>
/// <param name="Damage">Why the row cannot be read; null when it can.</param>
/// <param name="Version">Grows with each change of the job.</param>
/// <param name="Enabled">Also of a row that cannot be read.</param>
/// <param name="AccountedMs">Every due instant up to it has its row in the ledger.</param>
/// <param name="NextMs">The next due instant; null: none comes.</param>
/// <param name="Runs">Due instants that were let run; those somebody asked for are not counted.</param>
/// <param name="Failures">In a row.</param>
/// <param name="MarkedMs">Since when it is marked as failing; null: it is not.</param>
/// <param name="Blocked">Why it cannot work as it is; its instants are skipped. Null: nothing is known against it.</param>
internal sealed record StoredJob(
    string Id, Job? Job, string? Damage, long Version, bool Enabled, long AccountedMs, long? NextMs, long Runs, int Failures, long? MarkedMs, string? Blocked, string PrincipalId,
    long CreatedMs, long UpdatedMs);
