using Microsoft.Extensions.Time.Testing;
using Xopc.Channels.Deliveries;
using Xopc.Contracts.Messages;

namespace Xopc.Channels.Tests.Deliveries;

public sealed class SendRatesTests
{
    private static readonly ChannelRates Platform = new(
        new Rate(TimeSpan.FromSeconds(1) / 28, 2), new Rate(TimeSpan.FromSeconds(1), 1), new Rate(TimeSpan.FromSeconds(3.75), 4));

    [Fact]
    public void A_window_of_a_second_never_sees_more_than_thirty_of_an_account()
    {
        var clock = new FakeTimeProvider();
        var rates = new SendRates(clock);
        var sent = new List<DateTimeOffset>();
        for (var step = 0; step < 20_000; step++)
        {
            if (rates.TryTake(Dm(step), Platform) == TimeSpan.Zero)
            {
                sent.Add(clock.GetUtcNow());
            }

            clock.Advance(TimeSpan.FromMilliseconds(1));
        }

        Assert.InRange(sent.Count, 20 * 27, 20 * 29);
        Assert.All(sent, at => Assert.InRange(sent.Count(other => other >= at && other < at + TimeSpan.FromSeconds(1)), 1, 30));
    }

    [Fact]
    public void What_may_be_left_out_leaves_half_of_every_burst_to_what_may_not()
    {
        var rates = new SendRates(new FakeTimeProvider());
        var group = new DeliveryTarget("fake", "default", "group", "-1");
        var platform = Platform with { Peer = Rate.Unlimited, Account = Rate.Unlimited };

        Assert.Equal(2, Enumerable.Range(0, 10).Count(_ => rates.TryTake(group, platform, spare: true) == TimeSpan.Zero));
        Assert.Equal(TimeSpan.FromSeconds(3.75), rates.TryTake(group, platform, spare: true));
        Assert.Equal(2, Enumerable.Range(0, 10).Count(_ => rates.TryTake(group, platform) == TimeSpan.Zero));
    }

    [Fact]
    public void A_group_sees_twenty_a_minute_and_a_person_one_a_second()
    {
        var clock = new FakeTimeProvider();
        var rates = new SendRates(clock);
        var (group, dm) = (0, 0);
        for (var step = 0; step < 600; step++)
        {
            group += rates.TryTake(new DeliveryTarget("fake", "default", "group", "-1"), Platform) == TimeSpan.Zero ? 1 : 0;
            dm += rates.TryTake(Dm(1), Platform) == TimeSpan.Zero ? 1 : 0;
            clock.Advance(TimeSpan.FromMilliseconds(100));
        }

        Assert.InRange(group, 18, 20);
        Assert.Equal(60, dm);
    }

    [Fact]
    public void Whoever_may_not_send_is_told_how_long_and_that_is_true()
    {
        var clock = new FakeTimeProvider();
        var rates = new SendRates(clock);
        rates.TryTake(Dm(1), Platform);

        var wait = rates.TryTake(Dm(1), Platform);
        clock.Advance(wait - TimeSpan.FromTicks(1));
        Assert.NotEqual(TimeSpan.Zero, rates.TryTake(Dm(1), Platform));
        clock.Advance(TimeSpan.FromTicks(1));
        Assert.Equal(TimeSpan.Zero, rates.TryTake(Dm(1), Platform));
    }

    private static DeliveryTarget Dm(int peer) => new("fake", "default", "dm", $"{peer}");
}
