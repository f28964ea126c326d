namespace Xopc.Scheduler.Occurrences;

/// <summary>Some of the ledger's rows, newest first.</summary>
/// <param name="Before">What to ask for the next page with; null: this is the last.</param>
internal sealed record OccurrencePage(IReadOnlyList<Occurrence> Occurrences, long? Before);
