using Microsoft.Extensions.Time.Testing;
using Xopc.Channels.Deliveries;
using Xopc.Channels.Intake;
using Xopc.Channels.Tests.Fakes;

namespace Xopc.Channels.Tests.Intake;

public sealed class TurnPaceTests
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(1) / 28;

    private readonly FakeTimeProvider _clock = new(new DateTimeOffset(2026, 12, 1, 12, 0, 0, TimeSpan.Zero));
    private readonly FakeAccounts _channel = new() { Rates = ChannelRates.Unlimited with { Account = new Rate(Interval, 2) } };
    private int _next;

    [Fact]
    public void What_comes_at_once_after_a_pause_begins_at_once_and_the_rest_as_fast_as_it_can_be_answered()
    {
        var pace = new TurnPace([_channel], _clock);

        Assert.All(Enumerable.Range(0, TurnPace.Burst), _ => Assert.Equal(TimeSpan.Zero, pace.WaitFor(Message())));
        Assert.Equal(Interval, pace.WaitFor(Message()));
        Assert.Equal(2 * Interval, pace.WaitFor(Message()));
    }

    [Fact]
    public void Who_waits_keeps_his_place()
    {
        var pace = new TurnPace([_channel], _clock);
        Exhaust(pace);
        var (first, second) = (Message(), Message());
        pace.WaitFor(first);
        pace.WaitFor(second);

        _clock.Advance(Interval);
        Assert.Equal(Interval, pace.WaitFor(second));
        Assert.Equal(TimeSpan.Zero, pace.WaitFor(first));
        _clock.Advance(Interval);
        Assert.Equal(TimeSpan.Zero, pace.WaitFor(second));
    }

    [Fact]
    public void An_account_that_is_flooded_makes_no_other_account_wait()
    {
        var pace = new TurnPace([_channel], _clock);
        Exhaust(pace);

        Assert.Equal(TimeSpan.Zero, pace.WaitFor(Message("other")));
    }

    [Fact]
    public void Where_a_platform_has_no_rate_nobody_waits()
    {
        _channel.Rates = ChannelRates.Unlimited;
        var pace = new TurnPace([_channel], _clock);
        Exhaust(pace);

        Assert.Equal(TimeSpan.Zero, pace.WaitFor(Message()));
    }

    private void Exhaust(TurnPace pace)
    {
        for (var i = 0; i < TurnPace.Burst; i++)
        {
            pace.WaitFor(Message());
        }
    }

    private InboundMessage Message(string account = "default") => new($"fake:{account}:{++_next}", "fake", account, "dm", "7", "7", $"{_next}", "words");
}
