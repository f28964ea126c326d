using System.Collections.Concurrent;
using Microsoft.Extensions.Time.Testing;
using StackExchange.Redis;
using Xopc.Channels.Deliveries;
using Xopc.Channels.Tests.Fakes;
using Xopc.Contracts.Messages;
using Xopc.Testing.Redis;

namespace Xopc.Channels.Tests.Deliveries;

/// <summary>Several workers, one real Redis.</summary>
public sealed class SharedRatesTests : IAsyncLifetime
{
    private const string Owner = "fake:token";
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);
    private static readonly ChannelRates Slow = new(new Rate(TimeSpan.FromMinutes(1), 20), Rate.Unlimited, Rate.Unlimited);

    private readonly RecordedLog<SharedRates> _log = new();
    private RedisServer _redis = null!;
    private ConnectionMultiplexer _connection = null!;

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _redis = await RedisServer.StartAsync(appendOnly: false, Cancelled);
        _connection = await ConnectionMultiplexer.ConnectAsync(_redis.ConnectionString + ",asyncTimeout=60000");
    }

    public async ValueTask DisposeAsync()
    {
        await _connection.DisposeAsync();
        await _redis.DisposeAsync();
    }

    [Fact]
    public async Task Two_workers_together_never_send_faster_than_one_may()
    {
        var rates = new ChannelRates(new Rate(TimeSpan.FromMilliseconds(20), 2), Rate.Unlimited, Rate.Unlimited);
        var (one, two) = (Worker("one"), Worker("two"));
        var began = TimeProvider.System.GetTimestamp();
        var granted = new ConcurrentQueue<TimeSpan>();

        await Parallel.ForAsync(0, 4_000, Cancelled, async (i, _) =>
        {
            if ((await (i % 2 == 0 ? one : two).TryTakeAsync(Owner, Dm(i), rates)).MayGo)
            {
                granted.Enqueue(TimeProvider.System.GetElapsedTime(began));
            }
        });

        // What came back since the first, and the burst; without sharing it would be twice that.
        var most = (int)(granted.Max() / TimeSpan.FromMilliseconds(20)) + 2 + 1;
        Assert.InRange(granted.Count, 2, most);
        Assert.Empty(_log.Lines);
    }

    [Fact]
    public async Task What_waits_for_a_peer_takes_nothing_from_the_account()
    {
        var rates = new ChannelRates(new Rate(TimeSpan.FromMinutes(1), 3), new Rate(TimeSpan.FromMinutes(1), 1), new Rate(TimeSpan.FromMinutes(2), 1));
        var (one, two) = (Worker("one"), Worker("two"));
        Assert.True((await one.TryTakeAsync(Owner, Dm(1), rates)).MayGo);
        for (var i = 0; i < 5; i++)
        {
            Assert.InRange((await two.TryTakeAsync(Owner, Dm(1), rates)).Time, TimeSpan.FromSeconds(50), TimeSpan.FromMinutes(1));
        }

        Assert.Equal((2, TimeSpan.FromMinutes(1)), await two.OfAsync(Owner, rates, 10));
        Assert.True((await two.TryTakeAsync(Owner, Group(-1), rates)).MayGo);
        Assert.InRange((await one.TryTakeAsync(Owner, Group(-1), rates)).Time, TimeSpan.FromSeconds(110), TimeSpan.FromMinutes(2));
        Assert.Equal((1, TimeSpan.FromMinutes(1)), await one.OfAsync(Owner, rates, 10));
    }

    [Fact]
    public async Task A_pause_that_one_worker_was_told_holds_for_all_and_for_that_token_only()
    {
        var (one, two) = (Worker("one"), Worker("two"));
        await one.PauseAsync(Owner, TimeSpan.FromMinutes(5));
        await one.PauseAsync(Owner, TimeSpan.FromSeconds(1)); // the longer one stands

        var seen = await two.TryTakeAsync(Owner, Dm(1), Slow);
        Assert.True(seen.IsPause);
        Assert.InRange(seen.Time, TimeSpan.FromMinutes(4), TimeSpan.FromMinutes(5));
        var (free, wait) = await Worker("three").OfAsync(Owner, ChannelRates.Unlimited, 10);
        Assert.Equal(0, free);
        Assert.InRange(wait, TimeSpan.FromMinutes(4), TimeSpan.FromMinutes(5));
        Assert.True((await two.TryTakeAsync("fake:renewed", Dm(1), Slow)).MayGo);
    }

    [Fact]
    public async Task Every_key_ends_by_itself_and_what_somebody_else_wrote_there_closes_nothing_for_long()
    {
        var worker = Worker("one");
        await worker.TryTakeAsync(Owner, Group(-1), new ChannelRates(Slow.Account, Slow.Account, Slow.Account));
        await worker.PauseAsync("fake:other", TimeSpan.FromSeconds(30));
        var keys = _connection.GetServers()[0].Keys(pattern: "*").ToList();
        Assert.Equal(5, keys.Count); // workers, a pause, three buckets
        var database = _connection.GetDatabase();
        foreach (var key in keys)
        {
            Assert.Matches(@"^\{test\}:channels:(workers|pause|rate):[0-9a-f]{32}$", key.ToString());
            Assert.InRange((await database.KeyTimeToLiveAsync(key))!.Value, TimeSpan.FromSeconds(1), TimeSpan.FromMinutes(2));
        }

        foreach (var key in keys.Where(key => key.ToString().Contains(":rate:", StringComparison.Ordinal)))
        {
            await database.StringSetAsync(key, "99999999999999999");
        }

        Assert.InRange((await worker.TryTakeAsync(Owner, Group(-1), Slow)).Time, TimeSpan.FromSeconds(1), TimeSpan.FromMinutes(1));
    }

    [Fact]
    public async Task While_redis_is_away_each_worker_keeps_to_its_share_and_when_it_is_back_they_share_again()
    {
        // The workers' clock stands still: what is granted without Redis is the burst of the share and nothing else.
        var clock = new FakeTimeProvider();
        var (one, two) = (Worker("one", clock), Worker("two", clock));
        foreach (var worker in (SendRates[])[one, two, one])
        {
            Assert.Equal(1, (await worker.OfAsync(Owner, Slow, 1)).Free);
        }

        await _redis.KillAsync(Cancelled);
        var alone = await GrantedAsync(one, 50) + await GrantedAsync(two, 50);
        Assert.Equal(20, alone);
        Assert.Contains(_log.Lines, line => line.Contains("its share of the platforms' rates, one of 2", StringComparison.Ordinal));

        await _redis.RestartAsync(Cancelled);
        await BackAsync(clock, one, two);
        var together = await GrantedAsync(one, 15) + await GrantedAsync(two, 15);
        Assert.InRange(together, 1, 20);
        Assert.Equal(0, (await one.OfAsync(Owner, Slow, 10)).Free);
        Assert.Equal(0, (await two.OfAsync(Owner, Slow, 10)).Free);
    }

    private static async Task<int> GrantedAsync(SendRates rates, int asked)
    {
        var granted = 0;
        for (var i = 0; i < asked; i++)
        {
            granted += (await rates.TryTakeAsync(Owner, Dm(i), Slow)).MayGo ? 1 : 0;
        }

        return granted;
    }

    // After a failure nobody asks for a second of the workers' clock.
    private async Task BackAsync(FakeTimeProvider clock, params SendRates[] workers)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(Cancelled);
        limit.CancelAfter(Limit);
        using var pace = new PeriodicTimer(TimeSpan.FromMilliseconds(20));
        while (_log.Lines.Count(line => line.Contains("Redis answers again", StringComparison.Ordinal)) < workers.Length)
        {
            clock.Advance(TimeSpan.FromSeconds(1));
            foreach (var worker in workers)
            {
                await worker.OfAsync("fake:nobody", Slow, 1);
            }

            await pace.WaitForNextTickAsync(limit.Token);
        }
    }

    private SendRates Worker(string name, TimeProvider? clock = null)
    {
        var shared = new SharedRates("{test}:", name, clock ?? TimeProvider.System, _log) { IsConfigured = true, Patience = TimeSpan.FromMinutes(1) };
        shared.Use(_connection);
        return new SendRates(clock ?? TimeProvider.System, shared);
    }

    private static DeliveryTarget Dm(int peer) => new("fake", "default", "dm", $"{peer}");

    private static DeliveryTarget Group(int peer) => new("fake", "default", "group", $"{peer}");
}
