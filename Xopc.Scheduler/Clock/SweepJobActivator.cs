using Hangfire;

namespace Xopc.Scheduler.Clock;

/// <summary>Makes what Hangfire runs from the container.</summary>
internal sealed class SweepJobActivator(IServiceProvider services) : JobActivator
{
    public override object ActivateJob(Type jobType) => services.GetRequiredService(jobType);
}
