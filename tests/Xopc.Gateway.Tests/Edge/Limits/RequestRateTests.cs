using System.Net;
using Microsoft.Extensions.Time.Testing;
using Xopc.Contracts;
using Xopc.Gateway.Tests.Proxy;

namespace Xopc.Gateway.Tests.Edge.Limits;

public sealed class RequestRateTests
{
    private const string Small = """{"rateLimit":{"requestsPerSecond":2,"burst":4,"modelRequestsPerMinute":60,"modelBurst":2}}""";

    private readonly FakeTimeProvider _clock = new(DateTimeOffset.UnixEpoch.AddYears(56));

    [Fact]
    public async Task Beyond_the_burst_a_client_waits_and_is_told_how_long()
    {
        await using var edge = await EdgeHost.OneProcessAsync(gateway: Small, clock: _clock);
        for (var left = 3; left >= 0; left--)
        {
            var response = await AskAsync(edge, "192.0.2.1");
            Assert.Equal(HttpStatusCode.OK, response.StatusCode);
            Assert.Equal("\"requests\";q=4;w=2", Header(response, "RateLimit-Policy"));
            Assert.Equal($"\"requests\";r={left};t={(4 - left + 1) / 2}", Header(response, "RateLimit"));
        }

        var refused = await AskAsync(edge, "192.0.2.1");

        await refused.IsErrorAsync(ErrorCode.RateLimited, "Too many requests (gateway.rateLimit)");
        Assert.Equal(TimeSpan.FromSeconds(1), refused.Headers.RetryAfter?.Delta);
        Assert.Equal("\"requests\";r=0;t=1", Header(refused, "RateLimit"));
        _clock.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(HttpStatusCode.OK, (await AskAsync(edge, "192.0.2.1")).StatusCode);
    }

    [Fact]
    public async Task One_principal_has_one_bucket_wherever_it_comes_from()
    {
        await using var edge = await EdgeHost.OneProcessAsync(gateway: Small, clock: _clock);
        for (var i = 1; i <= 4; i++)
        {
            Assert.Equal(HttpStatusCode.OK, (await AskAsync(edge, $"192.0.2.{i}")).StatusCode);
        }

        Assert.Equal(HttpStatusCode.TooManyRequests, (await AskAsync(edge, "192.0.2.99")).StatusCode);
    }

    [Fact]
    public async Task Who_needs_no_credential_is_limited_by_address()
    {
        await using var edge = await EdgeHost.OneProcessAsync(gateway: Small, clock: _clock);
        for (var i = 0; i < 4; i++)
        {
            Assert.Equal(HttpStatusCode.OK, (await AskAsync(edge, "192.0.2.1", i % 2 == 0 ? "/health" : "/", token: null)).StatusCode);
        }

        await (await AskAsync(edge, "192.0.2.1", "/health", token: null)).IsErrorAsync(ErrorCode.RateLimited);
        Assert.Equal(HttpStatusCode.OK, (await AskAsync(edge, "192.0.2.2", "/health", token: null)).StatusCode);
    }

    [Fact]
    public async Task Refused_requests_cost_a_caller_no_more_than_they_are()
    {
        await using var edge = await EdgeHost.OneProcessAsync(gateway: Small, clock: _clock);
        for (var i = 0; i < 50; i++)
        {
            await AskAsync(edge, "192.0.2.1");
        }

        _clock.Advance(TimeSpan.FromMilliseconds(500));

        Assert.Equal(HttpStatusCode.OK, (await AskAsync(edge, "192.0.2.1")).StatusCode);
        Assert.Equal(HttpStatusCode.TooManyRequests, (await AskAsync(edge, "192.0.2.1")).StatusCode);
    }

    [Fact]
    public async Task Requests_that_call_a_model_have_a_limit_of_their_own()
    {
        await using var edge = await EdgeHost.OneProcessAsync(gateway: Small, clock: _clock);
        var refusals = FailedAuthenticationTests.CountRefused(edge);
        var first = await AskAsync(edge, "192.0.2.1", "/api/model", method: HttpMethod.Post);
        await AskAsync(edge, "192.0.2.1", "/api/model", method: HttpMethod.Post);

        var refused = await AskAsync(edge, "192.0.2.1", "/api/model", method: HttpMethod.Post);
        var other = await AskAsync(edge, "192.0.2.1");

        Assert.Equal("\"requests\";q=4;w=2, \"model\";q=2;w=2", Header(first, "RateLimit-Policy"));
        Assert.Equal("\"requests\";r=3;t=1, \"model\";r=1;t=1", Header(first, "RateLimit"));
        await refused.IsErrorAsync(ErrorCode.RateLimited, "Too many requests that call a model (gateway.rateLimit)");
        Assert.Equal(HttpStatusCode.OK, other.StatusCode);
        Assert.Equal(1, refusals["model_rate"]);
    }

    [Fact]
    public async Task Programs_of_this_machine_are_unlimited_unless_something_forwarded_them()
    {
        await using var edge = await EdgeHost.OneProcessAsync(gateway: Small, clock: _clock);
        for (var i = 0; i < 20; i++)
        {
            var response = await AskAsync(edge, "127.0.0.1");
            Assert.Equal(HttpStatusCode.OK, response.StatusCode);
            Assert.False(response.Headers.Contains("RateLimit"));
        }

        var statuses = new List<HttpStatusCode>();
        for (var i = 0; i < 6; i++)
        {
            statuses.Add((await AskAsync(edge, "127.0.0.1", forwarded: "203.0.113.7")).StatusCode);
        }

        Assert.Equal(4, statuses.Count(status => status is HttpStatusCode.OK));
    }

    [Theory]
    [InlineData("""{"rateLimit":{"enabled":false,"burst":1,"requestsPerSecond":1}}""", "192.0.2.1", 10)]
    [InlineData("""{"rateLimit":{"exemptLoopback":false,"burst":1,"requestsPerSecond":1}}""", "127.0.0.1", 1)]
    [InlineData("{}", "192.0.2.1", 10)]
    public async Task Its_switches_do_what_they_say(string gateway, string peer, int granted)
    {
        await using var edge = await EdgeHost.OneProcessAsync(gateway: gateway, clock: _clock);
        var ok = 0;
        for (var i = 0; i < 10; i++)
        {
            ok += (await AskAsync(edge, peer)).StatusCode is HttpStatusCode.OK ? 1 : 0;
        }

        Assert.Equal(granted, ok);
    }

    [Fact]
    public async Task The_limits_are_read_again_without_a_restart()
    {
        await using var edge = await EdgeHost.OneProcessAsync(gateway: """{"rateLimit":{"burst":1,"requestsPerSecond":1}}""", clock: _clock);
        await AskAsync(edge, "192.0.2.1");
        Assert.Equal(HttpStatusCode.TooManyRequests, (await AskAsync(edge, "192.0.2.1")).StatusCode);

        await edge.ReconfigureAsync("""{"rateLimit":{"burst":100,"requestsPerSecond":100}}""");

        var response = await AskAsync(edge, "192.0.2.1");
        Assert.Equal("\"requests\";q=100;w=1", Header(response, "RateLimit-Policy"));
    }

    [Fact]
    public async Task In_front_of_a_service_the_same_routes_are_the_costly_ones()
    {
        await using var bundle = await Bundle.StartAsync(gateway: Small);

        foreach (var (method, path, costly) in new[]
        {
            (HttpMethod.Post, "/api/agent", true), (HttpMethod.Post, "/api/agent/steer", true), (HttpMethod.Post, "/api/agent/abort", false), (HttpMethod.Get, "/api/sessions", false),
        })
        {
            var response = await AskAsync(bundle.Edge, "192.0.2.1", path, method: method);
            Assert.Equal(costly, Header(response, "RateLimit-Policy").Contains("model", StringComparison.Ordinal));
        }

        await (await AskAsync(bundle.Edge, "192.0.2.1", "/api/sessions")).IsErrorAsync(ErrorCode.RateLimited);
    }

    internal static async Task<HttpResponseMessage> AskAsync(
        EdgeHost edge, string peer, string path = "/api/who", string? token = EdgeHost.Token, HttpMethod? method = null, string? forwarded = null)
    {
        using var request = edge.Request(method ?? HttpMethod.Get, path, token);
        request.Headers.Add(EdgeHost.PeerHeader, peer);
        if (forwarded is not null)
        {
            request.Headers.Add("X-Forwarded-For", forwarded);
        }

        return await edge.Client.SendAsync(request, TestContext.Current.CancellationToken);
    }

    private static string Header(HttpResponseMessage response, string name) => Assert.Single(response.Headers.GetValues(name));
}
