using System.Collections.Concurrent;
using Xopc.Contracts.Messages;

namespace Xopc.Channels.Deliveries;

/// <summary>
/// When the next message may go out: per account, per peer, and per group beside it. A bucket is the moment at which it is empty again (GCRA), so an idle one
/// costs nothing and is forgotten. Nobody waits here: who may not send now is told how long, and writes that down.
/// </summary>
internal sealed class SendRates(TimeProvider clock)
{
    private const int MaxBuckets = 20_000;

    private readonly Lock _gate = new();
    private readonly Dictionary<string, long> _emptyAt = new(StringComparer.Ordinal); // in ticks of UTC
    private readonly ConcurrentDictionary<string, long> _pausedUntil = new(StringComparer.Ordinal); // accounts the platform told to wait

    /// <summary>Takes one message's right; zero when it may go now, else how long it has to wait (nothing is taken).</summary>
    /// <param name="spare">Only what a burst leaves over: half of it stays for what has to be said.</param>
    public TimeSpan TryTake(DeliveryTarget target, ChannelRates rates, bool spare = false)
    {
        var now = clock.GetUtcNow().UtcTicks;
        var account = DeliveryLedger.AccountOf(target);
        var wait = Math.Max(0, _pausedUntil.GetValueOrDefault(account) - now);
        Span<(string Key, Rate Rate)> buckets =
        [
            (account, rates.Account), ("peer:" + target.Key, rates.Peer), ("group:" + target.Key, target.PeerKind == "group" ? rates.Group : Rate.Unlimited),
        ];
        lock (_gate)
        {
            foreach (var (key, rate) in buckets)
            {
                wait = Math.Max(wait, (spare ? rate with { Burst = (rate.Burst + 1) / 2 } : rate).WaitAt(now, _emptyAt.GetValueOrDefault(key)));
            }

            if (wait > 0)
            {
                return TimeSpan.FromTicks(wait);
            }

            Prune(now);
            foreach (var (key, rate) in buckets)
            {
                if (rate.Interval > TimeSpan.Zero)
                {
                    _emptyAt[key] = Math.Max(now, _emptyAt.GetValueOrDefault(key)) + rate.Interval.Ticks;
                }
            }
        }

        return TimeSpan.Zero;
    }

    /// <summary>How many messages the account may send at once, at most <paramref name="atMost"/>; and when none, how long until one.</summary>
    public (int Free, TimeSpan Wait) Of(string account, ChannelRates rates, int atMost)
    {
        var now = clock.GetUtcNow().UtcTicks;
        var paused = _pausedUntil.GetValueOrDefault(account) - now;
        if (paused > 0)
        {
            return (0, TimeSpan.FromTicks(paused));
        }

        if (rates.Account.Interval <= TimeSpan.Zero)
        {
            return (atMost, TimeSpan.Zero);
        }

        lock (_gate)
        {
            var emptyAt = _emptyAt.GetValueOrDefault(account);
            var wait = rates.Account.WaitAt(now, emptyAt);
            return wait > 0 ? (0, TimeSpan.FromTicks(wait)) : ((int)Math.Min(atMost, rates.Account.FreeAt(now, emptyAt)), TimeSpan.Zero);
        }
    }

    /// <summary>The platform told the whole account to wait.</summary>
    public void Pause(string account, TimeSpan time) =>
        _pausedUntil.AddOrUpdate(account, static (_, until) => until, static (_, before, until) => Math.Max(before, until), (clock.GetUtcNow() + time).UtcTicks);

    private void Prune(long now)
    {
        if (_emptyAt.Count < MaxBuckets)
        {
            return;
        }

        // A bucket that is full again says no more than one that is not there.
        foreach (var (key, emptyAt) in _emptyAt)
        {
            if (emptyAt <= now)
            {
                _emptyAt.Remove(key);
            }
        }
    }
}
