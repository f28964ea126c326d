using Xopc.Configuration;
using Xopc.Messaging;

namespace Xopc.Scheduler.Occurrences;

/// <summary>Sweeps when the clock says so, when something changed, and at the latest after <see cref="SafetyInterval"/>: what another process wrote tells nobody here.</summary>
internal sealed class SweepWorker(
    Sweep sweep, NextInstants next, SweepWake wake, SweepState state, ISweepClock sweepClock, ConfigStore configuration, TimeProvider clock, ILogger<SweepWorker> log)
    : DrainWorker(clock, log)
{
    public static readonly TimeSpan SafetyInterval = TimeSpan.FromSeconds(5);

    private readonly SemaphoreSlim _one = new(1, 1);
    private string? _zone;
    private int _damaged;

    public override string Name => "sweep";

    public override async Task<bool> DrainOnceAsync(CancellationToken cancellationToken)
    {
        await _one.WaitAsync(cancellationToken);
        try
        {
            await ReconcileAsync(cancellationToken);
            if (await sweep.RunOnceAsync(cancellationToken))
            {
                return true;
            }

            var nextMs = await sweep.NextMsAsync(cancellationToken);
            state.Swept(Clock.GetUtcNow(), _damaged, nextMs);
            sweepClock.WakeAt(nextMs is { } ms ? DateTimeOffset.FromUnixTimeMilliseconds(ms) : null);
            return false;
        }
        finally
        {
            _one.Release();
        }
    }

    /// <summary>Sweeps until there is no more to do.</summary>
    public async Task SweepAsync(CancellationToken cancellationToken)
    {
        while (await DrainOnceAsync(cancellationToken))
        {
        }
    }

    public override async Task StartAsync(CancellationToken cancellationToken)
    {
        configuration.OnChange(_ => wake.Set());
        await base.StartAsync(cancellationToken);
    }

    public override void Dispose()
    {
        _one.Dispose();
        base.Dispose();
    }

    protected override Task WaitForWorkAsync(CancellationToken cancellationToken) => wake.WaitAsync(SafetyInterval, Clock, cancellationToken);

    // At start and when the zone of jobs that name none changes: what is due next may be another instant than the one that was written down.
    private async Task ReconcileAsync(CancellationToken cancellationToken)
    {
        var zone = configuration.Current.Cron.DefaultTimezone;
        if (_zone != zone || _damaged > 0)
        {
            _damaged = await next.ReconcileAsync(zone, cancellationToken);
            _zone = zone;
        }
    }
}
