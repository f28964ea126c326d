using Xopc.Channels.Lanes;
using Xopc.Messaging;
using Xopc.Storage;

namespace Xopc.Channels.Deliveries;

/// <summary>
/// Gives lanes to peers whose next delivery is due, no more of an account at a time than its platform takes. Begins when the channels have connected
/// (<see cref="Open"/>), so that what waited is not sent into a channel that is only starting.
/// </summary>
internal sealed class DeliveryHost(
    [FromKeyedServices(ChannelsSchema.Database)] Database database, DeliveryLanes lanes, DeliverySending sending, MessagingOptions messaging, TimeProvider clock,
    ILogger<DeliveryHost> log) : LaneHost<DeliveryWork>(lanes, messaging.PollEvery, clock, log)
{
    private readonly TimeProvider _clock = clock;
    private readonly DeliveryLanes _lanes = lanes;
    private long _lookedMs = long.MaxValue;
    private readonly TaskCompletionSource _open = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>From now on deliveries go out.</summary>
    public void Open() => _open.TrySetResult();

    public override async Task<TimeSpan> DrainOnceAsync(CancellationToken cancellationToken)
    {
        var now = _clock.GetUtcNow().ToUnixTimeMilliseconds();
        if (now < _lookedMs)
        {
            // The clock was set back, since the last look or while nothing ran: looking for it in every row at every look would cost as much as there are peers.
            await database.WriteAsync(tx => DeliveryLedger.ForgetAhead(tx, now), cancellationToken);
        }

        _lookedMs = now;
        var wait = PollEvery;
        foreach (var (account, dueMs) in await database.ReadAsync(DeliveryLedger.DueAccounts, cancellationToken))
        {
            if (dueMs > now)
            {
                wait = Least(wait, TimeSpan.FromMilliseconds(dueMs - now));
                continue;
            }

            var lanes = _lanes.FreeFor(account);
            var (free, until) = await sending.FreeOfAsync(account, lanes);
            if (free > 0 && !await TakeAsync(account, now, free, cancellationToken))
            {
                continue; // nothing more is due
            }

            if (free == lanes)
            {
                _lanes.WakeWhenFree();
            }
            else
            {
                wait = Least(wait, until);
            }
        }

        return wait;
    }

    // True: there may be more than could be taken.
    private async Task<bool> TakeAsync(string account, long now, int free, CancellationToken cancellationToken)
    {
        var limit = free + _lanes.FailingKeys; // keys that fail again and again are the oldest, and get no lane before their time
        var keys = await database.ReadAsync(reader => DeliveryLedger.DueKeys(reader, account, now, limit), cancellationToken);
        for (var next = 0; next < keys.Count && free > 0;)
        {
            var together = keys.GetRange(next, Math.Min(free, keys.Count - next));
            next += together.Count;
            free -= (await Task.WhenAll(together.Select(key => _lanes.TryTakeAsync(key, cancellationToken)))).Count(static taken => taken);
        }

        return free == 0;
    }

    protected override Task WhenOpenAsync(CancellationToken cancellationToken) => _open.Task.WaitAsync(cancellationToken);

    private static TimeSpan Least(TimeSpan one, TimeSpan other) => one < other ? one : other;
}
