namespace Xopc.Scheduler.Jobs;

/// <summary>What became of a job's JSON: the job, or everything that is wrong with it.</summary>
internal sealed record JobReading(Job? Job, IReadOnlyList<JobFault> Faults);
