using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Hosting;

namespace Xopc.Messaging;

/// <summary>
/// The workers of messaging, each with its evidence: when a pass last succeeded, what fails since. A worker that fails is degraded (messages wait, nothing
/// is lost); one that stopped is unhealthy.
/// </summary>
internal sealed class MessagingHealthCheck(IServiceProvider services, TimeProvider clock) : IHealthCheck
{
    private const int FailuresTolerated = 3;

    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        // Asked for here, not in the constructor: hosted services are made after health checks.
        var workers = services.GetServices<IHostedService>().OfType<DrainWorker>().ToList();
        var data = workers.ToDictionary(worker => worker.Name, worker => (object)Describe(worker.Heartbeat));
        var stopped = workers.Where(worker => !worker.Heartbeat.Running).Select(worker => worker.Name).ToList();
        var failing = workers.Where(worker => worker.Heartbeat.Failures >= FailuresTolerated).Select(worker => worker.Name).ToList();
        return Task.FromResult((stopped, failing) switch
        {
            ({ Count: > 0 }, _) => HealthCheckResult.Unhealthy($"Not running: {string.Join(", ", stopped)}.", data: data),
            (_, { Count: > 0 }) => HealthCheckResult.Degraded($"Failing: {string.Join(", ", failing)}.", data: data),
            _ => HealthCheckResult.Healthy($"{workers.Count} workers.", data),
        });
    }

    private string Describe(WorkerHeartbeat heartbeat)
    {
        var pass = heartbeat.LastPass is { } at ? $"last pass {(clock.GetUtcNow() - at).TotalSeconds:F0} s ago" : "no pass yet";
        return heartbeat.Failures == 0 ? pass : $"{pass}, {heartbeat.Failures} failures since ({heartbeat.LastError})";
    }
}
