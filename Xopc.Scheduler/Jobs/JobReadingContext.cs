namespace Xopc.Scheduler.Jobs;

/// <summary>What a job's JSON is judged against; nothing is for a row of the store.</summary>
/// <param name="Before">The job that changes; null: it is new.</param>
internal sealed record JobReadingContext(string DefaultZone, DateTimeOffset Now, Job? Before);
