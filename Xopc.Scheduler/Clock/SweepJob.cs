using Hangfire;
using Xopc.Scheduler.Occurrences;

namespace Xopc.Scheduler.Clock;

/// <summary>What Hangfire runs. Its name and its method's are stored data: they stay.</summary>
internal sealed class SweepJob(SweepWorker worker)
{
    /// <summary>A sweep that fails is not tried again by Hangfire: the worker's own loop is there, and so is the next minute.</summary>
    [AutomaticRetry(Attempts = 0, OnAttemptsExceeded = AttemptsExceededAction.Delete, LogEvents = false)]
    public Task RunAsync(CancellationToken cancellationToken) => worker.SweepAsync(cancellationToken);
}
