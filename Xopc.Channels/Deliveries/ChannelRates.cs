namespace Xopc.Channels.Deliveries;

/// <summary>One message per <paramref name="Interval"/> on average, <paramref name="Burst"/> at once after silence.</summary>
internal readonly record struct Rate(TimeSpan Interval, int Burst)
{
    public static readonly Rate Unlimited = new(TimeSpan.Zero, 1);

    /// <summary>How long to wait, in ticks; 0: one may go now.</summary>
    public long WaitAt(long now, long emptyAt) => Interval <= TimeSpan.Zero ? 0 : Math.Max(0, emptyAt - now - (Interval.Ticks * (Burst - 1)));

    /// <summary>How many may go now.</summary>
    public long FreeAt(long now, long emptyAt) => Burst - ((Math.Max(0, emptyAt - now) + Interval.Ticks - 1) / Interval.Ticks);
}

/// <summary>What a platform allows.</summary>
/// <param name="Account">All messages of an account.</param>
/// <param name="Peer">Messages to one peer.</param>
/// <param name="Group">Messages to one group, beside <paramref name="Peer"/>.</param>
internal sealed record ChannelRates(Rate Account, Rate Peer, Rate Group)
{
    public static readonly ChannelRates Unlimited = new(Rate.Unlimited, Rate.Unlimited, Rate.Unlimited);

    /// <summary>For what may be left out: half of every burst stays for what may not.</summary>
    public ChannelRates Spare => new(Half(Account), Half(Peer), Half(Group));

    private static Rate Half(Rate rate) => rate with { Burst = (rate.Burst + 1) / 2 };
}
