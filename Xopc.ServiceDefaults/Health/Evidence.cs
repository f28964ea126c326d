using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Xopc.ServiceDefaults.Health;

/// <summary>
/// Health as evidence with an age: a worker records what it achieved, the check says how long ago that was. A process that merely runs proves nothing.
/// Healthy up to <paramref name="fresh"/>, degraded up to twice that, then unhealthy. Before the first evidence the time since creation counts.
/// </summary>
/// <param name="what">What is proven, as in "last successful poll".</param>
public sealed class Evidence(string what, TimeSpan fresh, TimeProvider clock) : IHealthCheck
{
    private long _last = clock.GetTimestamp();
    private volatile bool _seen;

    /// <summary>It worked, just now. Cheap enough for every loop.</summary>
    public void Record()
    {
        Volatile.Write(ref _last, clock.GetTimestamp());
        _seen = true;
    }

    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        var age = clock.GetElapsedTime(Volatile.Read(ref _last));
        var description = _seen ? $"{what} {(long)age.TotalSeconds} s ago" : $"no {what} yet, {(long)age.TotalSeconds} s after the start";
        return Task.FromResult(age <= fresh ? HealthCheckResult.Healthy(description)
            : age <= 2 * fresh ? HealthCheckResult.Degraded(description)
            : HealthCheckResult.Unhealthy(description));
    }
}
