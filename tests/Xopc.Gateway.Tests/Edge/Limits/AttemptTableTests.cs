using System.Net;
using Microsoft.Extensions.Time.Testing;
using Xopc.Configuration;
using Xopc.Gateway.Edge.Clients;
using Xopc.Gateway.Edge.Limits;

namespace Xopc.Gateway.Tests.Edge.Limits;

public sealed class AttemptTableTests
{
    private static readonly AuthRateLimitConfig Limit = new();

    private readonly FakeTimeProvider _clock = new();

    [Fact]
    public void The_window_counts_from_the_first_failure_and_then_begins_anew()
    {
        var table = new AttemptTable(_clock);
        for (var i = 0; i < 4; i++)
        {
            Assert.False(table.Fail(Key(1), Limit).BlocksNow);
            _clock.Advance(TimeSpan.FromMinutes(3));
        }

        _clock.Advance(TimeSpan.FromMinutes(3));

        Assert.False(table.Fail(Key(1), Limit).BlocksNow);
        Assert.Null(table.BlockedFor(Key(1)));
    }

    [Fact]
    public void A_block_lasts_its_time_whatever_is_tried_meanwhile()
    {
        var table = new AttemptTable(_clock);
        for (var i = 0; i < 4; i++)
        {
            Assert.Equal(default, table.Fail(Key(1), Limit));
        }

        Assert.True(table.Fail(Key(1), Limit).BlocksNow);
        _clock.Advance(TimeSpan.FromSeconds(299));
        Assert.Equal(TimeSpan.FromSeconds(1), table.Fail(Key(1), Limit).Blocked);
        Assert.Equal(TimeSpan.FromSeconds(1), table.BlockedFor(Key(1)));
        _clock.Advance(TimeSpan.FromSeconds(1));

        Assert.Null(table.BlockedFor(Key(1)));
        Assert.Equal(default, table.Fail(Key(1), Limit));
    }

    [Fact]
    public void A_million_callers_leave_the_table_bounded_and_nobody_ends_his_own_block_by_it()
    {
        var table = new AttemptTable(_clock);
        for (var i = 0; i < 5; i++)
        {
            table.Fail(Key(0), Limit);
        }

        for (uint other = 1; other <= 1_000_000; other++)
        {
            table.Fail(Key(other), Limit);
        }

        Assert.Equal(AttemptTable.DefaultCapacity, table.Count);
        Assert.NotNull(table.BlockedFor(Key(0)));
    }

    [Fact]
    public void In_a_table_of_blocks_the_oldest_one_goes_first()
    {
        var table = new AttemptTable(_clock, capacity: 2);
        var one = Limit with { MaxAttempts = 1 };
        for (uint caller = 1; caller <= 3; caller++)
        {
            table.Fail(Key(caller), one);
        }

        Assert.Equal((2, true, false, false), (table.Count, table.BlockedFor(Key(1)) is null, table.BlockedFor(Key(2)) is null, table.BlockedFor(Key(3)) is null));
    }

    [Fact]
    public void What_has_ended_is_dropped_by_those_who_come_after()
    {
        var table = new AttemptTable(_clock);
        for (uint caller = 0; caller < 5; caller++)
        {
            table.Fail(Key(caller), Limit);
        }

        _clock.Advance(TimeSpan.FromMinutes(15));
        table.Fail(Key(9), Limit);

        Assert.Equal(1, table.Count);
        Assert.True(table.Forget(Key(9)));
        Assert.Equal(0, table.Count);
    }

    private static AttemptKey Key(uint address) => new(ClientKey.Of(new IPAddress(address), unattributed: false), null);
}
