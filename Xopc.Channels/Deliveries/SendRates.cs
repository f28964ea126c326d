using Xopc.Channels.Accounts;
using Xopc.Contracts.Messages;

namespace Xopc.Channels.Deliveries;

/// <summary>
/// When the next message may go out: per account, per peer, and per group beside it. With Redis all workers decide as one; while it is away, or where there is
/// none, each decides for itself. Nobody waits here: who may not send now is told how long, and writes that down.
/// </summary>
internal sealed class SendRates(TimeProvider clock, SharedRates? shared = null)
{
    private readonly LocalRates _local = new(clock);
    private readonly SharedRates? _shared = shared is { IsConfigured: true } ? shared : null;

    /// <summary>
    /// Whom a platform's limit and pause concern: the bot with its token, not the account's name here. So another token begins without the pause that a refused
    /// one brought.
    /// </summary>
    public static string OwnerOf(AccountSettings account) => account.OwnershipKey.Length > 0 ? account.OwnershipKey : $"{account.Channel}:{account.AccountId}";

    /// <summary>Takes one message's right, or nothing of it.</summary>
    public async ValueTask<SendWait> TryTakeAsync(string owner, DeliveryTarget target, ChannelRates rates)
    {
        if (_local.PauseOf(owner) is { MayGo: false } pause)
        {
            return pause; // known here, also when Redis could not be told
        }

        var buckets = BucketsOf(owner, target, rates);
        if (_shared is null || await _shared.TryTakeAsync(owner, buckets) is not { } decided)
        {
            return _local.TryTake(owner, buckets, Workers);
        }

        if (decided.MayGo)
        {
            _local.Took(buckets);
        }
        else if (decided.IsPause)
        {
            _local.Pause(owner, decided.Time);
        }

        return decided;
    }

    /// <summary>How many messages an account may send at once, at most <paramref name="atMost"/>, and how long until one more.</summary>
    public async ValueTask<(int Free, TimeSpan Wait)> OfAsync(string owner, ChannelRates rates, int atMost)
    {
        if (_local.PauseOf(owner) is { MayGo: false } pause)
        {
            return (0, pause.Time);
        }

        var (rate, name) = (rates.Account.Interval > TimeSpan.Zero ? rates.Account : NoLimit, AccountBucket(owner));
        var (free, wait) = (_shared is null ? null : await _shared.LookAsync(owner, name, rate)) ?? _local.Look(owner, name, rate, Workers);
        return (Math.Min(free, atMost), free > 0 ? rate.Interval : wait.Time);
    }

    /// <summary>The platform told the whole account to wait: every worker does.</summary>
    public async ValueTask PauseAsync(string owner, TimeSpan time)
    {
        _local.Pause(owner, time);
        if (_shared is not null)
        {
            await _shared.PauseAsync(owner, time < LocalRates.LongestPause ? time : LocalRates.LongestPause);
        }
    }

    // Asked all the same: a pause concerns also whom nothing else limits.
    private static readonly Rate NoLimit = new(TimeSpan.FromTicks(10), 1_000);

    private int Workers => _shared?.Workers ?? 1;

    private static string AccountBucket(string owner) => "account:" + owner;

    private static List<(string Name, Rate Rate)> BucketsOf(string owner, DeliveryTarget target, ChannelRates rates)
    {
        List<(string, Rate)> buckets = [(AccountBucket(owner), rates.Account), ($"peer:{owner}:{target.Key}", rates.Peer)];
        if (target.PeerKind == "group")
        {
            buckets.Add(($"group:{owner}:{target.Key}", rates.Group));
        }

        buckets.RemoveAll(static bucket => bucket.Item2.Interval <= TimeSpan.Zero);
        return buckets;
    }
}
