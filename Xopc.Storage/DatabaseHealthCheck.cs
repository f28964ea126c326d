using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Xopc.Storage;

/// <summary>
/// Says whether a database takes writes. Degraded, not unhealthy: reading still works, a restart would not free a disk, and whoever asks for a write
/// gets the reason instead of a proxy's 503.
/// </summary>
internal sealed class DatabaseHealthCheck(Database database) : IHealthCheck
{
    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        var health = database.Health;
        var data = new Dictionary<string, object> { ["since"] = health.Since };
        return Task.FromResult(health.Writable ? HealthCheckResult.Healthy("writable", data) : HealthCheckResult.Degraded(health.Reason, data: data));
    }
}
