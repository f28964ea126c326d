using Xopc.Messaging;
using Xopc.Storage;

namespace Xopc.Channels.Deliveries;

/// <summary>
/// Looks for peers whose next delivery is due and gives each a lane, no more of an account at a time than its platform takes. Begins when the channels have
/// connected (<see cref="Open"/>), so that what waited is not sent into a channel that is only starting.
/// </summary>
internal sealed partial class DeliveryHost(
    [FromKeyedServices(ChannelsSchema.Database)] Database database, [FromKeyedServices(ChannelsSchema.Database)] LeaseOwner owner, DeliveryLanes lanes, SendRates rates,
    DeliverySending sending, TimeProvider clock, ILogger<DeliveryHost> log) : BackgroundService, IHostedLifecycleService
{
    // What a stop waits for sends under way; the rest of the five seconds belongs to the others.
    private static readonly TimeSpan FinishWithin = TimeSpan.FromSeconds(3.5);
    private static readonly TimeSpan PollEvery = TimeSpan.FromMilliseconds(250);

    private readonly TaskCompletionSource _open = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>From now on deliveries go out.</summary>
    public void Open() => _open.TrySetResult();

    /// <summary>One pass: the keys that are due now get lanes. How long until the next one is due, at most the safety poll.</summary>
    public async Task<TimeSpan> DrainOnceAsync(CancellationToken cancellationToken)
    {
        var now = clock.GetUtcNow().ToUnixTimeMilliseconds();
        var wait = PollEvery;
        foreach (var (account, dueMs) in await database.ReadAsync(DeliveryLedger.DueAccounts, cancellationToken))
        {
            if (dueMs > now)
            {
                wait = Least(wait, TimeSpan.FromMilliseconds(dueMs - now));
                continue;
            }

            var (free, until) = rates.Of(account, sending.RatesOf(account[..account.IndexOf(':')]), lanes.Free);
            if (free == 0)
            {
                // No lane is free: the next one that is wakes this loop.
                wait = until > TimeSpan.Zero ? Least(wait, until) : wait;
                continue;
            }

            foreach (var key in await database.ReadAsync(reader => DeliveryLedger.DueKeys(reader, account, now, free), cancellationToken))
            {
                await lanes.TryTakeAsync(key, cancellationToken);
            }
        }

        return wait;
    }

    public Task StartingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <summary>Before anything else stops: the database still takes what became of the sends under way.</summary>
    public Task StoppingAsync(CancellationToken cancellationToken) => lanes.StopAsync(FinishWithin);

    public Task StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var (renewed, broken) = (clock.GetTimestamp(), 0L);
        for (var failures = 0; !stoppingToken.IsCancellationRequested;)
        {
            try
            {
                await _open.Task.WaitAsync(stoppingToken);
                if (broken == 0 || clock.GetElapsedTime(broken) >= LeaseOwner.LookForDeadEvery)
                {
                    await owner.BreakLeasesOfTheDeadAsync(stoppingToken);
                    broken = clock.GetTimestamp();
                }

                if (lanes.Count > 0 && clock.GetElapsedTime(renewed) >= LeaseOwner.RenewEvery)
                {
                    await owner.RenewAsync(stoppingToken); // first: what follows must not take what is ours
                    renewed = clock.GetTimestamp();
                }

                await lanes.ReleaseAbandonedAsync(stoppingToken);
                await lanes.WaitForWorkAsync(await DrainOnceAsync(stoppingToken), stoppingToken);
                failures = 0;
            }
            catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
            {
                return;
            }
            catch (Exception ex)
            {
                failures++;
                if (ex is not DatabaseUnavailableException)
                {
                    LogPassFailed(ex, failures); // that one the database says itself, once, and health shows it
                }

                await Task.Delay(Backoff.After(failures), clock, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
    }

    private static TimeSpan Least(TimeSpan one, TimeSpan other) => one < other ? one : other;

    [LoggerMessage(LogLevel.Error, "Looking for deliveries that are due failed ({Failures} in a row)")]
    private partial void LogPassFailed(Exception exception, int failures);
}
