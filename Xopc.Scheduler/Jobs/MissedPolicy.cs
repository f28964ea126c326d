namespace Xopc.Scheduler.Jobs;

/// <summary>What becomes of instants that were due while nothing ran.</summary>
internal enum MissedPolicy
{
    Skip,
    Latest,
    All,
}
