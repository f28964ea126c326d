using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using StackExchange.Redis;
using Xopc.Gateway.Edge;
using Xopc.Gateway.Edge.Limits;
using Xopc.ServiceDefaults.Redis;
using Xopc.Testing.Redis;

namespace Xopc.Gateway.Tests.Edge.Limits;

/// <summary>Several edges, one real Redis.</summary>
public sealed class SharedLimitTests : IAsyncLifetime
{
    private const string Wrong = "wrong";
    private const string Peer = EdgeHost.PeerHeader + ": 192.0.2.1";

    private RedisServer _redis = null!;

    public async ValueTask InitializeAsync() => _redis = await RedisServer.StartAsync(appendOnly: false, TestContext.Current.CancellationToken);

    public ValueTask DisposeAsync() => _redis.DisposeAsync();

    [Fact]
    public async Task What_all_edges_grant_together_stays_within_the_limit()
    {
        const string Limit = """{"rateLimit":{"requestsPerSecond":1,"burst":60}}""";
        await using var one = await StartAsync(Limit);
        await using var two = await StartAsync(Limit);
        await using var three = await StartAsync(Limit);
        var started = TimeProvider.System.GetTimestamp();
        var granted = 0;

        await Parallel.ForEachAsync(Enumerable.Range(0, 300), TestContext.Current.CancellationToken, async (i, _) =>
        {
            using var response = await RequestRateTests.AskAsync((i % 3) switch { 0 => one, 1 => two, _ => three }, "192.0.2.1");
            if (response.IsSuccessStatusCode)
            {
                Interlocked.Increment(ref granted);
            }
        });

        // The burst and what came back meanwhile are the limit; half of it must have been usable in spite of the parts that edges drew and lost.
        var most = 60 + (int)TimeProvider.System.GetElapsedTime(started).TotalSeconds + 1;
        Assert.InRange(granted, 30, most);
    }

    [Fact]
    public async Task Drawing_in_parts_never_grants_more_and_seldom_asks()
    {
        var rate = Rate.PerSecond(1000, burst: 4000);
        await using var connection = await ConnectionMultiplexer.ConnectAsync(_redis.ConnectionString);
        var edges = Enumerable.Range(0, 4).Select(_ => Buckets(connection)).ToArray();
        var key = new BucketKey(default, "operator", Model: false);
        var before = await CallsAsync(connection);
        var started = TimeProvider.System.GetTimestamp();
        var granted = 0;

        await Parallel.ForAsync(0, 20_000, TestContext.Current.CancellationToken, async (i, _) =>
        {
            var edge = edges[i % edges.Length];
            if ((edge.TryTake(key) ?? await edge.DrawAsync(key, rate)) is { Granted: true })
            {
                Interlocked.Increment(ref granted);
            }
        });

        var elapsed = TimeProvider.System.GetElapsedTime(started).TotalSeconds;
        var calls = await CallsAsync(connection) - before;
        Assert.InRange(granted, 1, (int)(4000 + (1000 * elapsed) + 1));
        Assert.True(granted >= 2000, $"{granted} granted");
        Assert.True(calls < 20_000 / 4, $"{calls} questions for 20,000 requests");
    }

    [Fact]
    public async Task A_caller_who_is_blocked_at_one_edge_is_blocked_at_all()
    {
        await using var one = await StartAsync("{}");
        await using var two = await StartAsync("{}");
        for (var i = 0; i < 5; i++)
        {
            Assert.Equal(401, await StatusAsync(i % 2 == 0 ? one : two, Wrong));
        }

        Assert.Equal((429, 429), (await StatusAsync(one, Wrong), await StatusAsync(two, Wrong)));

        // The right credential ends it everywhere, where it was seen: in Redis and at this edge.
        Assert.Equal(200, await StatusAsync(one, EdgeHost.Token));
        Assert.Equal(401, await StatusAsync(one, Wrong));
        Assert.All(await KeysAsync(), key => Assert.Matches(@"^\{xopc\}:edge:(auth|rate):[0-9a-f]{32}$", key));
    }

    [Fact]
    public async Task A_valid_credential_asks_redis_for_nothing_and_failures_expire_there()
    {
        await using var edge = await StartAsync("""{"rateLimit":{"enabled":false}}""");
        await using var connection = await ConnectionMultiplexer.ConnectAsync(_redis.ConnectionString);
        var before = await CallsAsync(connection);
        for (var i = 0; i < 20; i++)
        {
            Assert.Equal(200, await StatusAsync(edge, EdgeHost.Token));
        }

        Assert.Equal(before, await CallsAsync(connection));
        await StatusAsync(edge, Wrong);

        var key = Assert.Single(await KeysAsync());
        Assert.InRange((await connection.GetDatabase().KeyTimeToLiveAsync(key))!.Value.TotalMinutes, 10, 15);
    }

    [Fact]
    public async Task While_redis_is_away_every_edge_limits_by_itself_and_says_so_once()
    {
        await using var edge = await StartAsync("""{"rateLimit":{"requestsPerSecond":1,"burst":3}}""");
        Assert.Equal(200, await StatusAsync(edge, EdgeHost.Token));
        await _redis.KillAsync(TestContext.Current.CancellationToken);

        var statuses = new List<int>();
        for (var i = 0; i < 12; i++)
        {
            statuses.Add(await StatusAsync(edge, EdgeHost.Token));
        }

        Assert.Contains(200, statuses);
        Assert.Contains(429, statuses);
        for (var i = 0; i < 5; i++)
        {
            Assert.Equal(401, await StatusAsync(edge, Wrong));
        }

        Assert.Equal(429, await StatusAsync(edge, Wrong));
        Assert.Single(edge.Log.Lines, line => line.Level is LogLevel.Warning && line.Text.Contains("this edge limits requests and failed authentications by itself", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Redis_that_comes_back_empty_decides_for_all_edges_again_and_no_request_failed_meanwhile()
    {
        await using var one = await StartAsync("{}");
        await using var two = await StartAsync("{}");
        await _redis.KillAsync(TestContext.Current.CancellationToken);
        await AskBothUntilAsync(one, two, "this edge limits requests");

        await _redis.RestartAsync(TestContext.Current.CancellationToken);
        await AskBothUntilAsync(one, two, "Redis answers again");

        for (var i = 0; i < 5; i++)
        {
            Assert.Equal(401, await StatusAsync(i % 2 == 0 ? one : two, Wrong));
        }

        Assert.Equal((429, 429), (await StatusAsync(one, Wrong), await StatusAsync(two, Wrong)));
    }

    /// <summary>A caller who asks at both edges until both have said something, and is answered every time.</summary>
    private static async Task AskBothUntilAsync(EdgeHost one, EdgeHost two, string said)
    {
        using var limit = new CancellationTokenSource(EdgeHost.Limit);
        using var pace = new PeriodicTimer(TimeSpan.FromMilliseconds(50));
        while (!(HasSaid(one) && HasSaid(two)))
        {
            Assert.Equal((200, 200), (await StatusAsync(one, EdgeHost.Token), await StatusAsync(two, EdgeHost.Token)));
            await pace.WaitForNextTickAsync(limit.Token);
        }

        bool HasSaid(EdgeHost edge) => edge.Log.Lines.Any(line => line.Text.Contains(said, StringComparison.Ordinal));
    }

    private async Task<EdgeHost> StartAsync(string gateway)
    {
        var edge = await EdgeHost.OneProcessAsync(gateway: gateway, build: WithRedis);
        await edge.Services.GetRequiredService<RedisLink>().Used.WaitAsync(EdgeHost.Limit, TestContext.Current.CancellationToken);
        return edge;
    }

    private void WithRedis(WebApplicationBuilder builder)
    {
        builder.Configuration.AddInMemoryCollection([KeyValuePair.Create<string, string?>("ConnectionStrings:redis", _redis.ConnectionString)]);
        builder.AddXopcRedis("redis");
    }

    private static SharedBuckets Buckets(IConnectionMultiplexer connection)
    {
        var services = new ServiceCollection().AddMetrics().AddSingleton<EdgeMetrics>().BuildServiceProvider();
        var link = new RedisLink("{test}:", services.GetRequiredService<EdgeMetrics>(), TimeProvider.System, NullLogger<RedisLink>.Instance) { IsConfigured = true };
        link.Use(connection);
        return new SharedBuckets(link, TimeProvider.System);
    }

    private async Task<string[]> KeysAsync()
    {
        await using var connection = await ConnectionMultiplexer.ConnectAsync(_redis.ConnectionString);
        return [.. connection.GetServers()[0].Keys(pattern: "*").Select(key => key.ToString())];
    }

    /// <summary>Scripts that the server has run.</summary>
    private static async Task<long> CallsAsync(ConnectionMultiplexer connection)
    {
        var stats = await connection.GetServers()[0].InfoAsync("commandstats");
        return stats.SelectMany(group => group)
            .Where(line => line.Key is "cmdstat_evalsha" or "cmdstat_eval")
            .Sum(line => long.Parse(line.Value.Split(',')[0]["calls=".Length..]));
    }

    private static async Task<int> StatusAsync(EdgeHost edge, string token) =>
        RawHttp.Status(await RawHttp.GetAsync(edge.Address, "/api/who", Peer, $"Authorization: Bearer {token}"));
}
