using System.Text;
using Microsoft.Extensions.Hosting.Internal;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using Xopc.Agents.Events;
using Xopc.Contracts.Messages;
using Xopc.Messaging;

namespace Xopc.Agents.Tests.Events;

public sealed class EventHubTests
{
    private readonly HandLog _log = new();
    private readonly FakeTimeProvider _clock = new();
    private readonly ApplicationLifetime _lifetime = new(NullLogger<ApplicationLifetime>.Instance);

    [Fact]
    public async Task A_reader_gets_what_follows_its_position_in_order()
    {
        using var hub = await StartAsync();
        _log.Publish(3);
        var position = hub.Now with { Seq = 1 };

        Assert.True(hub.TryRead(ref position, out var second));
        Assert.True(hub.TryRead(ref position, out var third));
        Assert.True(hub.TryRead(ref position, out var none));

        Assert.Equal([2, 3], new[] { second!, third! }.Select(Number));
        Assert.Null(none);
        Assert.Equal(3, position.Seq);
    }

    [Fact]
    public async Task A_waiting_reader_is_woken_by_the_next_event()
    {
        using var hub = await StartAsync();
        var waiting = hub.WaitAsync(hub.Now, AgentsHost.Cancelled);
        Assert.False(waiting.IsCompleted);

        _log.Publish(1);

        Assert.Equal(HubWake.Event, await waiting.WaitAsync(AgentsHost.Generous, AgentsHost.Cancelled));
    }

    [Fact]
    public async Task A_waiting_reader_is_woken_every_fifteen_seconds_to_show_that_it_lives()
    {
        using var hub = await StartAsync();
        var waiting = hub.WaitAsync(hub.Now, AgentsHost.Cancelled);
        _clock.Advance(TimeSpan.FromSeconds(14));
        Assert.False(waiting.IsCompleted);

        _clock.Advance(TimeSpan.FromSeconds(1));

        Assert.Equal(HubWake.KeepAlive, await waiting.WaitAsync(AgentsHost.Generous, AgentsHost.Cancelled));
    }

    [Fact]
    public async Task A_stop_wakes_who_waits_and_who_comes_to_wait()
    {
        using var hub = await StartAsync();
        var waiting = hub.WaitAsync(hub.Now, AgentsHost.Cancelled);

        _lifetime.StopApplication();

        Assert.Equal(HubWake.Stopping, await waiting.WaitAsync(AgentsHost.Generous, AgentsHost.Cancelled));
        Assert.Equal(HubWake.Stopping, await hub.WaitAsync(hub.Now, AgentsHost.Cancelled));
    }

    [Fact]
    public async Task Waiting_behind_the_last_event_does_not_wait()
    {
        using var hub = await StartAsync();
        var before = hub.Now;
        _log.Publish(1);

        Assert.True(hub.WaitAsync(before, AgentsHost.Cancelled).IsCompletedSuccessfully);
    }

    [Fact]
    public async Task Who_falls_out_of_the_ring_is_told()
    {
        using var hub = await StartAsync();
        var position = hub.Now;
        _log.Publish(EventHub.Capacity + 1);

        Assert.False(hub.TryRead(ref position, out _));
        Assert.False(hub.Knows(position));
        Assert.True(hub.Knows(position with { Seq = 2 }));
    }

    [Fact]
    public async Task The_ring_is_bounded_by_bytes_too()
    {
        using var hub = await StartAsync();
        var position = hub.Now;
        for (var i = 0; i < 20; i++)
        {
            _log.Publish(1, size: 1024 * 1024);
        }

        Assert.False(hub.TryRead(ref position, out _));
        Assert.True(hub.Knows(hub.Now with { Seq = 10 }));
    }

    [Fact]
    public async Task Positions_of_another_epoch_are_void()
    {
        using var hub = await StartAsync();
        _log.Publish(5);
        var position = hub.Now with { Seq = 3 };

        _log.ChangeEpoch();

        Assert.False(hub.Knows(position));
        Assert.False(hub.TryRead(ref position, out _));
        Assert.True(hub.WaitAsync(position, AgentsHost.Cancelled).IsCompleted);
        Assert.Equal(0, hub.Now.Seq);
    }

    [Fact]
    public async Task A_gap_in_the_log_makes_what_came_before_unknown()
    {
        using var hub = await StartAsync();
        _log.Publish(3);
        var position = hub.Now with { Seq = 1 };

        _log.Skip(10);
        _log.Publish(1);

        Assert.False(hub.TryRead(ref position, out _));
        Assert.True(hub.Knows(hub.Now with { Seq = 13 }));
    }

    [Theory]
    [InlineData("abc-12", "abc", 12)]
    [InlineData("a-b-3", "a-b", 3)]
    public void An_id_parses(string text, string epoch, long seq) => Assert.Equal(new EventPosition(epoch, seq), EventPosition.Parse(text));

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("-5")]
    [InlineData("abc")]
    [InlineData("abc-")]
    [InlineData("abc-1x")]
    [InlineData("abc-99999999999999999999")]
    public void What_is_no_id_is_null(string? text) => Assert.Null(EventPosition.Parse(text));

    private async Task<EventHub> StartAsync()
    {
        var hub = new EventHub(_log, _lifetime, _clock);
        await hub.StartAsync(AgentsHost.Cancelled);
        return hub;
    }

    // id: e0-2\nevent: n\ndata: …
    private static int Number(HubEvent item) => int.Parse(Encoding.ASCII.GetString(item.Frame).Split('\n')[0].Split('-')[1]);

    private sealed class HandLog : IEventLog
    {
        private Action<LoggedEvent>? _sink;
        private int _epoch;
        private long _seq;

        public event Action? EpochChanged;

        public string Epoch => "e" + _epoch;

        public void Publish(EventMessage message) => _sink!(new LoggedEvent(++_seq, message));

        public void Publish(int count, int size = 2)
        {
            for (var i = 0; i < count; i++)
            {
                Publish(new EventMessage("n", null, new byte[size]));
            }
        }

        public void Skip(int count) => _seq += count;

        public void ChangeEpoch()
        {
            (_epoch, _seq) = (_epoch + 1, 0);
            EpochChanged!();
        }

        public IDisposable Attach(Action<LoggedEvent> sink)
        {
            _sink = sink;
            return new Detached();
        }

        private sealed class Detached : IDisposable
        {
            public void Dispose()
            {
            }
        }
    }
}
