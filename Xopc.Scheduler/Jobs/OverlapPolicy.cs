namespace Xopc.Scheduler.Jobs;

/// <summary>What becomes of an instant that is due while the one before is still at work.</summary>
internal enum OverlapPolicy
{
    Skip,
    Queue,
    CancelPrevious,
}
