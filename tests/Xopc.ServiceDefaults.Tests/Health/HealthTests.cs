using System.Net;
using System.Text.Json;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Time.Testing;
using Xopc.ServiceDefaults.Health;
using Xopc.ServiceDefaults.Http;

namespace Xopc.ServiceDefaults.Tests.Health;

public sealed class HealthTests
{
    private static readonly Dictionary<string, string?> Quiet = new() { ["XOPC_LOG_CONSOLE"] = "false" };

    [Fact]
    public async Task Health_tells_of_every_check_without_the_text_of_exceptions_or_secrets()
    {
        await using var app = await StartAsync(checks => checks
            .AddCheck("poll", () => HealthCheckResult.Degraded("last poll 90 s ago with token=Canary42"))
            .AddCheck("redis", () => throw new InvalidOperationException("password Canary42 refused")));

        using var response = await app.Client.GetAsync("/health", TestContext.Current.CancellationToken);

        Assert.Equal(HttpStatusCode.ServiceUnavailable, response.StatusCode);
        var text = await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
        Assert.DoesNotContain("Canary42", text, StringComparison.Ordinal);
        var json = JsonDocument.Parse(text).RootElement;
        Assert.Equal("unhealthy", json.GetProperty("status").GetString());
        Assert.Equal("healthy", json.GetProperty("checks").GetProperty("self").GetProperty("status").GetString());
        Assert.StartsWith("last poll 90 s ago", json.GetProperty("checks").GetProperty("poll").GetProperty("description").GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Alive_asks_only_the_checks_of_the_process_itself()
    {
        await using var app = await StartAsync(checks => checks.AddCheck("redis", () => HealthCheckResult.Unhealthy()));

        using var response = await app.Client.GetAsync("/alive", TestContext.Current.CancellationToken);

        Assert.Equal("""{"status":"healthy","checks":{"self":{"status":"healthy"}}}""", await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task Both_endpoints_say_why_they_are_public()
    {
        await using var app = await StartAsync(_ => { });

        var open = app.Services.GetRequiredService<EndpointDataSource>().Endpoints
            .Where(endpoint => endpoint.Metadata.GetRequiredMetadata<EndpointScope>() is { PublicReason.Length: > 0, Required: null });

        Assert.Equal(["/health", "/alive"], open.OfType<RouteEndpoint>().Select(endpoint => endpoint.RoutePattern.RawText));
    }

    [Fact]
    public async Task Evidence_ages_from_healthy_over_degraded_to_unhealthy_and_says_its_age()
    {
        var clock = new FakeTimeProvider();
        var evidence = new Evidence("last successful poll", TimeSpan.FromSeconds(30), clock);
        Assert.Equal((HealthStatus.Healthy, "no last successful poll yet, 0 s after the start"), await CheckAsync());

        clock.Advance(TimeSpan.FromSeconds(20));
        evidence.Record();
        clock.Advance(TimeSpan.FromSeconds(4));
        Assert.Equal((HealthStatus.Healthy, "last successful poll 4 s ago"), await CheckAsync());
        clock.Advance(TimeSpan.FromSeconds(30));
        Assert.Equal((HealthStatus.Degraded, "last successful poll 34 s ago"), await CheckAsync());
        clock.Advance(TimeSpan.FromSeconds(30));
        Assert.Equal((HealthStatus.Unhealthy, "last successful poll 64 s ago"), await CheckAsync());

        async Task<(HealthStatus, string?)> CheckAsync()
        {
            var result = await evidence.CheckHealthAsync(new HealthCheckContext(), TestContext.Current.CancellationToken);
            return (result.Status, result.Description);
        }
    }

    private static Task<TestApp> StartAsync(Action<IHealthChecksBuilder> checks) => TestApp.StartAsync(
        app => app.MapDefaultEndpoints(),
        builder => checks(builder.AddServiceDefaults("xopc-test").Services.AddHealthChecks()),
        Quiet);
}
