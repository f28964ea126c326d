using Microsoft.Extensions.Time.Testing;
using Xopc.Channels.Deliveries;
using Xopc.Contracts.Messages;

namespace Xopc.Channels.Tests.Deliveries;

public sealed class SendRatesTests
{
    private const string Owner = "fake:token";

    private static readonly ChannelRates Platform = new(
        new Rate(TimeSpan.FromSeconds(1) / 28, 2), new Rate(TimeSpan.FromSeconds(1), 1), new Rate(TimeSpan.FromSeconds(3.75), 4));

    [Fact]
    public async Task A_window_of_a_second_never_sees_more_than_thirty_of_an_account()
    {
        var clock = new FakeTimeProvider();
        var rates = new SendRates(clock);
        var sent = new List<DateTimeOffset>();
        for (var step = 0; step < 20_000; step++)
        {
            if ((await rates.TryTakeAsync(Owner, Dm(step), Platform)).MayGo)
            {
                sent.Add(clock.GetUtcNow());
            }

            clock.Advance(TimeSpan.FromMilliseconds(1));
        }

        Assert.InRange(sent.Count, 20 * 27, 20 * 29);
        Assert.All(sent, at => Assert.InRange(sent.Count(other => other >= at && other < at + TimeSpan.FromSeconds(1)), 1, 30));
    }

    [Fact]
    public async Task A_clock_that_is_set_back_makes_nobody_wait_until_it_is_as_late_again()
    {
        var clock = new ClockSetBack();
        var rates = new SendRates(clock);
        Assert.True((await rates.TryTakeAsync(Owner, Dm(1), Platform)).MayGo);
        await rates.PauseAsync("fake:paused", TimeSpan.FromSeconds(5));

        clock.Back = TimeSpan.FromHours(2);

        Assert.InRange((await rates.TryTakeAsync(Owner, Dm(1), Platform)).Time, TimeSpan.FromMilliseconds(1), TimeSpan.FromSeconds(1));
        clock.Advance(TimeSpan.FromSeconds(5));
        Assert.True((await rates.TryTakeAsync(Owner, Dm(1), Platform)).MayGo);
        Assert.True((await rates.TryTakeAsync("fake:paused", Dm(2), Platform)).MayGo);
    }

    [Fact]
    public async Task What_may_be_left_out_leaves_half_of_every_burst_to_what_may_not()
    {
        var rates = new SendRates(new FakeTimeProvider());
        var group = new DeliveryTarget("fake", "default", "group", "-1");
        var platform = Platform with { Peer = Rate.Unlimited, Account = Rate.Unlimited };

        Assert.Equal(2, await TakenAsync(platform.Spare));
        Assert.Equal(TimeSpan.FromSeconds(3.75), (await rates.TryTakeAsync(Owner, group, platform.Spare)).Time);
        Assert.Equal(2, await TakenAsync(platform));

        async Task<int> TakenAsync(ChannelRates of)
        {
            var taken = 0;
            while ((await rates.TryTakeAsync(Owner, group, of)).MayGo)
            {
                taken++;
            }

            return taken;
        }
    }

    [Fact]
    public async Task A_group_sees_twenty_a_minute_and_a_person_one_a_second()
    {
        var clock = new FakeTimeProvider();
        var rates = new SendRates(clock);
        var (group, dm) = (0, 0);
        for (var step = 0; step < 600; step++)
        {
            group += (await rates.TryTakeAsync(Owner, new DeliveryTarget("fake", "default", "group", "-1"), Platform)).MayGo ? 1 : 0;
            dm += (await rates.TryTakeAsync(Owner, Dm(1), Platform)).MayGo ? 1 : 0;
            clock.Advance(TimeSpan.FromMilliseconds(100));
        }

        Assert.InRange(group, 18, 20);
        Assert.Equal(60, dm);
    }

    [Fact]
    public async Task Whoever_may_not_send_is_told_how_long_and_that_is_true()
    {
        var clock = new FakeTimeProvider();
        var rates = new SendRates(clock);
        await rates.TryTakeAsync(Owner, Dm(1), Platform);

        var wait = (await rates.TryTakeAsync(Owner, Dm(1), Platform)).Time;
        clock.Advance(wait - TimeSpan.FromTicks(1));
        Assert.False((await rates.TryTakeAsync(Owner, Dm(1), Platform)).MayGo);
        clock.Advance(TimeSpan.FromTicks(1));
        Assert.True((await rates.TryTakeAsync(Owner, Dm(1), Platform)).MayGo);
    }

    [Fact]
    public async Task A_pause_is_of_a_token_and_another_one_begins_without_it()
    {
        var clock = new FakeTimeProvider();
        var rates = new SendRates(clock);
        await rates.PauseAsync(Owner, TimeSpan.FromMinutes(5));

        Assert.Equal(new SendWait(TimeSpan.FromMinutes(5), IsPause: true), await rates.TryTakeAsync(Owner, Dm(1), Platform));
        Assert.Equal((0, TimeSpan.FromMinutes(5)), await rates.OfAsync(Owner, Platform, 10));
        Assert.True((await rates.TryTakeAsync("fake:renewed", Dm(1), Platform)).MayGo);
        clock.Advance(TimeSpan.FromMinutes(5));
        Assert.True((await rates.TryTakeAsync(Owner, Dm(1), Platform)).MayGo);
    }

    private static DeliveryTarget Dm(int peer) => new("fake", "default", "dm", $"{peer}");

    private sealed class ClockSetBack : FakeTimeProvider
    {
        public TimeSpan Back { get; set; }

        public override DateTimeOffset GetUtcNow() => base.GetUtcNow() - Back;

        // The fake reckons it from the time of day; a real one runs on.
        public override long GetTimestamp() => base.GetTimestamp() + Back.Ticks;
    }
}
