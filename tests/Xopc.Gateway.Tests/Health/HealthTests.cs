using System.Net;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Time.Testing;
using Xopc.Gateway.Tests.Proxy;

namespace Xopc.Gateway.Tests.Health;

public sealed class HealthTests
{
    private readonly FakeTimeProvider _clock = new();

    [Theory]
    [InlineData("/health")]
    [InlineData("/api/health")]
    public async Task Health_is_public_and_says_status_uptime_and_version_only(string path)
    {
        await using var edge = await StartAsync(() => HealthCheckResult.Healthy());
        _clock.Advance(TimeSpan.FromSeconds(3600.7));

        var response = await edge.Client.GetAsync(path, TestContext.Current.CancellationToken);
        var body = await response.JsonAsync();

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Equal(["status", "uptime", "version"], body.EnumerateObject().Select(p => p.Name));
        Assert.Equal("healthy", body.GetProperty("status").GetString());
        Assert.Equal(3600, body.GetProperty("uptime").GetInt64());
        Assert.Matches(@"^\d+\.\d+\.\d+", body.GetProperty("version").GetString());
        Assert.True(response.Headers.CacheControl?.NoStore);
    }

    [Theory]
    [InlineData("/health")]
    [InlineData("/api/health")]
    public async Task A_load_balancer_may_ask_with_head_and_without_a_credential(string path)
    {
        await using var edge = await StartAsync(() => HealthCheckResult.Healthy());

        using var response = await edge.Client.SendAsync(new HttpRequestMessage(HttpMethod.Head, path), TestContext.Current.CancellationToken);

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Equal("", await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task What_a_service_complains_about_is_shown_to_the_operator_and_keeps_the_bundle_in_service()
    {
        await using var bundle = await Bundle.StartAsync();
        bundle.Service.Health = Results.Text(
            """{"status":"degraded","checks":{"self":{"status":"healthy"},"messaging":{"status":"degraded","description":"Failing: events in."}}}""", "application/json");

        var body = await (await bundle.Edge.Client.SendAsync(bundle.Edge.Request(HttpMethod.Get, "/status"), TestContext.Current.CancellationToken)).JsonAsync();
        using var health = await bundle.Edge.Client.GetAsync("/health", TestContext.Current.CancellationToken);

        var agents = body.GetProperty("checks").GetProperty("agents");
        Assert.Equal("degraded", agents.GetProperty("status").GetString());
        Assert.Equal("answers; messaging: Failing: events in.", agents.GetProperty("detail").GetString());
        Assert.Equal(HttpStatusCode.OK, health.StatusCode);
        Assert.Equal("degraded", (await health.JsonAsync()).GetProperty("status").GetString());
    }

    [Fact]
    public async Task Which_configuration_a_service_runs_is_shown_to_the_operator()
    {
        await using var bundle = await Bundle.StartAsync();
        bundle.Service.Health = Results.Text(
            """{"status":"healthy","checks":{"configuration":{"status":"healthy","description":"1a2b3c4d5e6f"}}}""", "application/json");

        var body = await (await bundle.Edge.Client.SendAsync(bundle.Edge.Request(HttpMethod.Get, "/status"), TestContext.Current.CancellationToken)).JsonAsync();

        Assert.Equal("answers; configuration 1a2b3c4d5e6f", body.GetProperty("checks").GetProperty("agents").GetProperty("detail").GetString());
        Assert.Matches("^[0-9a-f]{12}$", body.GetProperty("checks").GetProperty("configuration").GetProperty("detail").GetString());
    }

    [Theory]
    [InlineData("no json")]
    [InlineData("[]")]
    [InlineData("{\"checks\":7}")]
    [InlineData("{\"checks\":{\"a\":{}}}")]
    [InlineData("")]
    public async Task An_answer_that_is_none_of_ours_is_an_answer_all_the_same(string answer)
    {
        await using var bundle = await Bundle.StartAsync();
        bundle.Service.Health = Results.Text(answer + new string(' ', 100_000));

        var body = await (await bundle.Edge.Client.SendAsync(bundle.Edge.Request(HttpMethod.Get, "/status"), TestContext.Current.CancellationToken)).JsonAsync();

        Assert.Equal("healthy", body.GetProperty("checks").GetProperty("agents").GetProperty("status").GetString());
    }

    [Fact]
    public async Task A_degraded_part_degrades_the_answer_and_a_broken_one_makes_it_503()
    {
        var state = HealthCheckResult.Degraded("telegram is silent at /home/somebody");
        await using var edge = await StartAsync(() => state);

        var degraded = await edge.Client.GetAsync("/health", TestContext.Current.CancellationToken);
        state = HealthCheckResult.Unhealthy("the database is gone");
        _clock.Advance(TimeSpan.FromSeconds(2));
        var broken = await edge.Client.GetAsync("/health", TestContext.Current.CancellationToken);

        Assert.Equal(HttpStatusCode.OK, degraded.StatusCode);
        Assert.Equal(HttpStatusCode.ServiceUnavailable, broken.StatusCode);
        foreach (var response in new[] { degraded, broken })
        {
            var text = await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
            Assert.Contains("\"degraded\"", text, StringComparison.Ordinal);
            Assert.DoesNotContain("home", text, StringComparison.Ordinal);
            Assert.DoesNotContain("database", text, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task A_change_of_a_check_is_said_once_with_its_reason()
    {
        var state = HealthCheckResult.Healthy();
        await using var edge = await StartAsync(() => state);
        foreach (var next in new[] { state, HealthCheckResult.Degraded("slow"), HealthCheckResult.Degraded("slow"), HealthCheckResult.Unhealthy("gone"), HealthCheckResult.Healthy() })
        {
            state = next;
            _clock.Advance(TimeSpan.FromSeconds(2));
            using var response = await edge.Client.GetAsync("/health", TestContext.Current.CancellationToken);
        }

        Assert.Equal(
            ["Health of part: Degraded, slow", "Health of part: Unhealthy, gone", "Health of part: healthy again."],
            edge.Log.Lines.Select(line => line.Text).Where(text => text.StartsWith("Health of", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task Strangers_cannot_make_the_checks_run_more_than_once_a_second()
    {
        var runs = 0;
        await using var edge = await StartAsync(() =>
        {
            Interlocked.Increment(ref runs);
            return HealthCheckResult.Healthy();
        });

        await Task.WhenAll(Enumerable.Range(0, 50).Select(_ => edge.Client.GetAsync("/health", TestContext.Current.CancellationToken)));
        Assert.Equal(1, runs);

        _clock.Advance(TimeSpan.FromSeconds(1.5));
        await edge.Client.GetAsync("/health", TestContext.Current.CancellationToken);
        Assert.Equal(2, runs);
    }

    [Fact]
    public async Task Status_tells_the_operator_about_every_part()
    {
        await using var edge = await StartAsync(() => HealthCheckResult.Degraded("last poll 90 s ago"));

        var body = await (await edge.Client.SendAsync(edge.Request(HttpMethod.Get, "/status"), TestContext.Current.CancellationToken)).JsonAsync();

        Assert.Equal("degraded", body.GetProperty("status").GetString());
        Assert.Equal("one-process", body.GetProperty("shape").GetString());
        Assert.Equal("token", body.GetProperty("auth").GetString());
        Assert.Equal("last poll 90 s ago", body.GetProperty("checks").GetProperty("part").GetProperty("detail").GetString());
    }

    [Fact]
    public async Task A_check_that_throws_tells_nobody_its_exception()
    {
        await using var edge = await StartAsync(() => throw new InvalidOperationException("Host=db;Password=hunter2"));

        var response = await edge.Client.SendAsync(edge.Request(HttpMethod.Get, "/status"), TestContext.Current.CancellationToken);

        Assert.DoesNotContain("hunter2", await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken), StringComparison.Ordinal);
        Assert.Equal("unhealthy", (await response.JsonAsync()).GetProperty("checks").GetProperty("part").GetProperty("status").GetString());
    }

    [Fact]
    public async Task In_a_bundle_each_service_is_asked()
    {
        await using var bundle = await Bundle.StartAsync(configure: options => options.Destinations["scheduler"] = ["unix:/nonexistent/x.sock"]);
        bundle.Service.Health = Results.StatusCode(503);

        var response = await bundle.Edge.Client.SendAsync(bundle.Edge.Request(HttpMethod.Get, "/status"), TestContext.Current.CancellationToken);
        var body = await response.JsonAsync();

        Assert.Equal("bundle", body.GetProperty("shape").GetString());
        Assert.Equal("degraded", body.GetProperty("checks").GetProperty("agents").GetProperty("status").GetString());
        Assert.Equal("degraded", body.GetProperty("checks").GetProperty("scheduler").GetProperty("status").GetString());
        using var health = await bundle.Edge.Client.GetAsync("/health", TestContext.Current.CancellationToken);
        Assert.Equal(200, (int)health.StatusCode);
        Assert.DoesNotContain("nonexistent", await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Without_the_agents_the_gateway_cannot_work_and_says_so()
    {
        await using var bundle = await Bundle.StartAsync(configure: options => options.Destinations["agents"] = ["unix:/nonexistent/x.sock"]);

        using var health = await bundle.Edge.Client.GetAsync("/health", TestContext.Current.CancellationToken);

        Assert.Equal(503, (int)health.StatusCode);
    }

    [Fact]
    public async Task The_api_lists_what_can_be_called()
    {
        await using var edge = await EdgeHost.OneProcessAsync();

        var body = await (await edge.Client.GetAsync("/api", TestContext.Current.CancellationToken)).JsonAsync();

        Assert.Equal("xopc", body.GetProperty("service").GetString());
        var endpoints = body.GetProperty("endpoints").EnumerateArray().Select(e => e.GetString()).ToList();
        Assert.Contains("GET /health", endpoints);
        Assert.Contains("POST /api/agent", endpoints);
        Assert.Equal(endpoints.Distinct(), endpoints);
    }

    [Fact]
    public async Task The_edge_of_a_bundle_lists_what_it_forwards()
    {
        await using var bundle = await Bundle.StartAsync();

        var body = await (await bundle.Edge.Client.GetAsync("/api", TestContext.Current.CancellationToken)).JsonAsync();

        var endpoints = body.GetProperty("endpoints").EnumerateArray().Select(e => e.GetString()).ToList();
        Assert.Contains("* /api/agent", endpoints);
        Assert.DoesNotContain(endpoints, line => line!.Contains("rest", StringComparison.Ordinal));
    }

    private Task<EdgeHost> StartAsync(Func<HealthCheckResult> check) => EdgeHost.StartAsync(build: builder =>
    {
        builder.Services.AddSingleton<TimeProvider>(_clock);
        builder.Services.AddHealthChecks().AddCheck("part", check);
    });
}
