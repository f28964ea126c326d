using Microsoft.Extensions.DependencyInjection;
using StackExchange.Redis;
using Xopc.Messaging.Tests.Support;
using Xopc.Testing.Redis;

namespace Xopc.Messaging.Tests.Events;

public sealed class RedisEventLogTests(SharedRedis redis) : EventLogContract
{
    private readonly string _prefix = TestProcess.NewPrefix();
    private TestProcess? _one;
    private TestProcess? _other;

    protected override IEventLog One => _one!.Events;

    protected override IEventLog Other => _other!.Events;

    public override async ValueTask InitializeAsync()
    {
        _one = await TestProcess.StartAsync(redis.Server.ConnectionString, _prefix);
        _other = await TestProcess.StartAsync(redis.Server.ConnectionString, _prefix);
    }

    public override async ValueTask DisposeAsync()
    {
        await _one!.DisposeAsync();
        await _other!.DisposeAsync();
    }

    [Fact]
    public async Task A_process_that_starts_later_is_first_fed_what_the_log_keeps()
    {
        var early = new Collector<LoggedEvent>();
        using var attached = One.Attach(early.Add);
        for (var n = 0; n < 600; n++)
        {
            One.Publish(Event($"{n}"));
        }

        await early.AtLeastAsync(600, "events at the early sink");
        await using var late = await TestProcess.StartAsync(redis.Server.ConnectionString, _prefix);
        var (first, second) = (new Collector<LoggedEvent>(), new Collector<LoggedEvent>());
        using var attachedFirst = late.Events.Attach(first.Add);
        await first.AtLeastAsync(600, "kept events at the first late sink");
        using var attachedSecond = late.Events.Attach(second.Add);
        await second.AtLeastAsync(600, "kept events at the second late sink");
        One.Publish(Event("live"));

        Assert.Equal(One.Epoch, late.Events.Epoch);
        Assert.Equal(early.Items.Select(DataOf).Append("live"), (await first.AtLeastAsync(601, "the live event")).Select(DataOf));
        Assert.Equal(first.Items.Select(logged => logged.Seq), (await second.AtLeastAsync(601, "the live event")).Select(logged => logged.Seq));
    }

    [Fact]
    public async Task The_log_keeps_a_bounded_number_of_events()
    {
        var prefix = TestProcess.NewPrefix();
        await using var process = await TestProcess.StartAsync(redis.Server.ConnectionString, prefix, settings: new() { ["Messaging:EventsKept"] = "100" });
        var seen = new Collector<LoggedEvent>();
        using var attached = process.Events.Attach(seen.Add);
        for (var n = 0; n < 2_000; n++)
        {
            process.Events.Publish(Event($"{n}"));
        }

        await seen.AtLeastAsync(100, "what the log keeps at least");
        await process.StopAsync();
        await using var inspector = await ConnectionMultiplexer.ConnectAsync(redis.Server.ConnectionString);

        // Trimming goes by whole nodes of 100 entries.
        Assert.InRange(await inspector.GetDatabase().StreamLengthAsync($"{prefix}events"), 100, 300);
    }

    [Fact]
    public async Task An_entry_that_is_nobodys_is_stepped_over()
    {
        var seen = new Collector<LoggedEvent>();
        using var attached = One.Attach(seen.Add);
        One.Publish(Event("before"));
        var before = (await seen.AtLeastAsync(1, "the event before"))[0].Seq;
        await using var stranger = await ConnectionMultiplexer.ConnectAsync(redis.Server.ConnectionString);
        await stranger.GetDatabase().StreamAddAsync($"{_prefix}events", [new("e", "an epoch that never was"), new("t", "x")], messageId: $"{before}-1");
        await stranger.GetDatabase().StreamAddAsync($"{_prefix}events", [new("what", "ever")], messageId: $"{before}-2");

        One.Publish(Event("after"));

        var all = await seen.AtLeastAsync(2, "the event behind the strange entries");
        Assert.Equal([(before, "before"), (before + 1, "after")], all.Select(logged => (logged.Seq, DataOf(logged))));
        var late = new Collector<LoggedEvent>();
        using var attachedLate = One.Attach(late.Add);
        Assert.Equal(["before", "after"], (await late.AtLeastAsync(2, "kept events at a late sink")).Select(DataOf));
    }

    [Fact]
    public async Task A_flushed_log_begins_a_new_epoch_at_one_for_every_process()
    {
        await using var server = await RedisServer.StartAsync(appendOnly: false, TestContext.Current.CancellationToken);
        await BeginsANewEpochAfterAsync(server, async inspector => await inspector.GetServers().Single().FlushAllDatabasesAsync());
    }

    [Fact]
    public async Task A_restarted_server_begins_a_new_epoch_since_its_last_events_may_be_lost()
    {
        await using var server = await RedisServer.StartAsync(appendOnly: true, TestContext.Current.CancellationToken);
        await BeginsANewEpochAfterAsync(server, async _ =>
        {
            await server.KillAsync(TestContext.Current.CancellationToken);
            await server.RestartAsync(TestContext.Current.CancellationToken);
        });
    }

    [Fact]
    public async Task Publishing_neither_waits_nor_fails_while_Redis_is_away_and_the_buffer_goes_out_later()
    {
        await using var server = await RedisServer.StartAsync(appendOnly: false, TestContext.Current.CancellationToken);
        await using var process = await TestProcess.StartAsync(server.ConnectionString, "{xopc}:", settings: new() { ["Messaging:EventBuffer"] = "50" });
        await server.KillAsync(TestContext.Current.CancellationToken);

        // The worker may have a batch of 256 in hand besides the buffer of 50.
        for (var n = 0; n < 2_000; n++)
        {
            process.Events.Publish(Event($"{n}"));
        }

        await server.RestartAsync(TestContext.Current.CancellationToken);
        var seen = new Collector<LoggedEvent>();
        using var attached = process.Events.Attach(seen.Add);
        await seen.AtLeastAsync(50, "what the buffer held");
        process.Events.Publish(Event("live"));
        var all = await seen.AtLeastAsync(seen.Items.Count + 1, "an event after the outage");
        Assert.Equal("0", DataOf(all[0]));
        Assert.True(all.Count < 1_000, $"{all.Count} events were kept beyond the bound");
    }

    private static async Task BeginsANewEpochAfterAsync(RedisServer server, Func<IConnectionMultiplexer, Task> disaster)
    {
        await using var one = await TestProcess.StartAsync(server.ConnectionString, "{xopc}:");
        await using var other = await TestProcess.StartAsync(server.ConnectionString, "{xopc}:");
        var (here, there) = (new Collector<LoggedEvent>(), new Collector<LoggedEvent>());
        using var attachedHere = one.Events.Attach(here.Add);
        using var attachedThere = other.Events.Attach(there.Add);
        for (var n = 0; n < 20; n++)
        {
            one.Events.Publish(Event("before"));
        }

        await here.AtLeastAsync(20, "events before");
        await there.AtLeastAsync(20, "events before");
        Assert.Equal(one.Events.Epoch, other.Events.Epoch);
        var before = one.Events.Epoch;
        var changed = new Collector<string>();
        one.Events.EpochChanged += () => changed.Add(one.Events.Epoch);
        other.Events.EpochChanged += () => changed.Add(other.Events.Epoch);

        await disaster(one.Services.GetRequiredService<IConnectionMultiplexer>());
        other.Events.Publish(Event("after"));

        var epochs = await changed.AtLeastAsync(2, "both processes learnt the new epoch");
        Assert.NotEqual(before, epochs[0]);
        Assert.Single(epochs.Distinct());
        Assert.Equal((1, "after"), ((await here.AtLeastAsync(21, "the event after")).Skip(20).Select(logged => (logged.Seq, DataOf(logged))).First()));
        Assert.Equal((1, "after"), ((await there.AtLeastAsync(21, "the event after")).Skip(20).Select(logged => (logged.Seq, DataOf(logged))).First()));
    }
}
