using Microsoft.Extensions.Diagnostics.HealthChecks;
using Xopc.Configuration;
using Xopc.Scheduler.Occurrences;

namespace Xopc.Scheduler.Jobs;

/// <summary>
/// Says when due instants were last looked for, and what of the store cannot be read. This version has no heartbeat: one that has somewhere to report to is reported as
/// missing instead of being passed over in silence.
/// </summary>
internal sealed class SchedulerHealth(ConfigStore config, SweepState state, TimeProvider clock) : IHealthCheck
{
    /// <summary>A sweep that is older is a scheduler that stands.</summary>
    private static readonly TimeSpan Stale = TimeSpan.FromSeconds(30);

    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default) => Task.FromResult(Check());

    private HealthCheckResult Check()
    {
        if (config.Current.Gateway.Heartbeat is { Enabled: true, Target: not null })
        {
            return HealthCheckResult.Degraded("gateway.heartbeat has a target, but this version has no heartbeat");
        }

        if (!config.Current.Cron.Enabled)
        {
            return HealthCheckResult.Healthy("cron.enabled is false: no job runs");
        }

        var (evidence, now) = (state.Current, clock.GetUtcNow());
        var age = now - (evidence.At ?? state.Since);
        var said = evidence.At is null ? $"has not looked for due jobs in the {age.TotalSeconds:0} s since the start" : $"looked for due jobs {Math.Max(0, age.TotalSeconds):0} s ago";
        if (age > Stale)
        {
            return HealthCheckResult.Unhealthy(said);
        }

        if (evidence.Damaged > 0)
        {
            return HealthCheckResult.Degraded($"{evidence.Damaged} jobs cannot be read from scheduler.db and are not run; {said}");
        }

        return HealthCheckResult.Healthy(evidence.NextMs is { } next ? $"{said}; the next moment is {DateTimeOffset.FromUnixTimeMilliseconds(next):u}" : $"{said}; nothing is due");
    }
}
