using Microsoft.Extensions.Diagnostics.HealthChecks;
using Xopc.Configuration;

namespace Xopc.Scheduler.Jobs;

/// <summary>
/// Compares what the configuration asks for with what runs. This version schedules nothing: a heartbeat that has somewhere to report to is reported as
/// missing instead of being passed over in silence.
/// </summary>
internal sealed class SchedulerHealth(ConfigStore config) : IHealthCheck
{
    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default) =>
        Task.FromResult(config.Current.Gateway.Heartbeat is { Enabled: true, Target: not null }
            ? HealthCheckResult.Degraded("gateway.heartbeat has a target, but this version has no heartbeat")
            : HealthCheckResult.Healthy("no job is scheduled"));
}
