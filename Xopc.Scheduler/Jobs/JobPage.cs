namespace Xopc.Scheduler.Jobs;

/// <summary>Some of the jobs, in the order of their ids.</summary>
/// <param name="After">What to ask for the next page with; null: this is the last.</param>
internal sealed record JobPage(IReadOnlyList<StoredJob> Jobs, string? After);
