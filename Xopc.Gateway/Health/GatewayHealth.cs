using Microsoft.Extensions.Diagnostics.HealthChecks;
using Xopc.ServiceDefaults.Health;

namespace Xopc.Gateway.Health;

/// <summary>
/// The state of the whole: every registered check (databases, streams, services), evaluated at most once a second however often and by whomever it is
/// asked, because <c>/health</c> is public and checks cost.
/// </summary>
internal sealed class GatewayHealth(HealthCheckService checks, HealthChanges changes, TimeProvider clock) : IDisposable
{
    private static readonly TimeSpan MaxAge = TimeSpan.FromSeconds(1);

    private readonly SemaphoreSlim _evaluating = new(1, 1);
    private readonly long _started = clock.GetTimestamp();
    private volatile Evidence? _latest;

    private sealed record Evidence(HealthReport Report, long At);

    public TimeSpan Uptime => clock.GetElapsedTime(_started);

    public async Task<HealthReport> CheckAsync(CancellationToken cancellationToken)
    {
        if (Fresh() is { } fresh)
        {
            return fresh;
        }

        await _evaluating.WaitAsync(cancellationToken);
        try
        {
            if (Fresh() is { } meanwhile)
            {
                return meanwhile;
            }

            // Not the caller's token: the answer is for everybody who waits, and every check has its own time-out.
            var report = await checks.CheckHealthAsync(CancellationToken.None);
            changes.Note(report);
            _latest = new Evidence(report, clock.GetTimestamp());
            return report;
        }
        finally
        {
            _evaluating.Release();
        }
    }

    public void Dispose() => _evaluating.Dispose();

    private HealthReport? Fresh() => _latest is { } latest && clock.GetElapsedTime(latest.At) < MaxAge ? latest.Report : null;
}
