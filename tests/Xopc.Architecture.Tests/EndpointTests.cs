using Microsoft.AspNetCore.Builder;
using Xopc.Contracts;
using Xopc.ServiceDefaults.Http;

namespace Xopc.Architecture.Tests;

public sealed class EndpointTests
{
    public static TheoryData<string> HostNames => [.. Hosts.All];

    [Theory]
    [MemberData(nameof(HostNames))]
    public void Every_endpoint_says_who_may_call_it(string host)
    {
        var endpoints = Hosts.EndpointsOf(host);

        Assert.NotEmpty(endpoints);
        Assert.Empty(EndpointRules.Violations(endpoints));
    }

    [Theory]
    [InlineData("agents")]
    [InlineData("channels")]
    [InlineData("scheduler")]
    public void The_edge_forwards_what_a_service_maps_with_the_scope_that_the_service_asks_for(string service) =>
        Assert.Empty(EndpointRules.Differences(Hosts.EndpointsOf(service), Hosts.EndpointsOf("edge")));

    [Theory]
    [InlineData("agents")]
    [InlineData("channels")]
    [InlineData("scheduler")]
    public void The_edge_counts_what_a_service_maps_as_the_service_itself_says(string service) =>
        Assert.Empty(EndpointRules.OtherLoads(Hosts.EndpointsOf(service), Hosts.EndpointsOf("edge")));

    [Fact]
    public void An_endpoint_that_calls_a_model_without_the_edges_knowledge_is_found()
    {
        var service = Hosts.EndpointsOf("scheduler", app => app.MapPost("/api/cron/dream", () => "").RequireScope(OperatorScope.Write).CallsModel());

        Assert.Contains("POST /api/cron/dream", Assert.Single(EndpointRules.OtherLoads(service, Hosts.EndpointsOf("edge"))), StringComparison.Ordinal);
    }

    [Fact]
    public void What_the_edge_answers_itself_is_closed_to_limited_keys_unless_it_is_about_the_caller()
    {
        Assert.Empty(EndpointRules.OpenToLimitedKeys(Hosts.EndpointsOf("edge")));
        Assert.Contains(
            "GET /api/forgotten is open",
            Assert.Single(EndpointRules.OpenToLimitedKeys(Hosts.EndpointsOf("edge", app =>
            {
                app.MapGet("/api/forgotten", () => "").RequireScope(OperatorScope.Read);
                app.MapGet("/api/said", () => "").RequireScope(OperatorScope.Read).WholeInstallation();
                app.MapGet("/api/admin", () => "").RequireScope(OperatorScope.Admin);
            }))),
            StringComparison.Ordinal);
    }

    [Fact]
    public void One_process_answers_everything_that_a_service_answers()
    {
        var one = Hosts.EndpointsOf("one process").Select(endpoint => endpoint.DisplayName).ToHashSet();
        var services = Hosts.All.Except(["one process", "edge"]).SelectMany(host => Hosts.EndpointsOf(host))
            .Where(endpoint => endpoint.RoutePattern.RawText?.StartsWith("/api", StringComparison.Ordinal) is true);

        Assert.DoesNotContain(services, endpoint => !one.Contains(endpoint.DisplayName));
    }

    [Fact]
    public void A_forgotten_a_doubled_and_a_contradictory_annotation_are_found()
    {
        var endpoints = Hosts.EndpointsOf("channels", app =>
        {
            app.MapGet("/api/forgotten", () => "");
            app.MapGet("/api/doubled", () => "").RequireScope(OperatorScope.Read).Public("both");
            app.MapGet("/api/neither", () => "").WithMetadata(new EndpointScope(null, null));
            app.MapGet("/api/fine", () => "").RequireScope(OperatorScope.Read);
            app.MapGet("/API/fine/", () => "").RequireScope(OperatorScope.Read);
        });

        Assert.Collection(
            EndpointRules.Violations(endpoints),
            complaint => Assert.Contains("/api/forgotten carries 0", complaint, StringComparison.Ordinal),
            complaint => Assert.Contains("/api/doubled carries 2", complaint, StringComparison.Ordinal),
            complaint => Assert.Contains("/api/neither says neither", complaint, StringComparison.Ordinal),
            complaint => Assert.Equal("GET /api/fine is mapped 2 times", complaint));
    }

    [Fact]
    public void A_route_that_the_edge_does_not_know_or_opens_wider_is_found()
    {
        var service = Hosts.EndpointsOf("scheduler", app =>
        {
            app.MapGet("/api/unheard-of", () => "").RequireScope(OperatorScope.Read);
            app.MapPost("/api/cron/create", () => "").RequireScope(OperatorScope.Admin);
            app.MapGet("/api/cron/{id}", (string id) => id).RequireScope(OperatorScope.Read);
        });

        Assert.Equal(
            ["GET /api/unheard-of is not forwarded by the edge", "POST /api/cron/create asks for Admin, the edge's route for Write"],
            EndpointRules.Differences(service.Where(endpoint => endpoint.RoutePattern.RawText!.Contains("cron", StringComparison.Ordinal)
                || endpoint.RoutePattern.RawText.Contains("unheard", StringComparison.Ordinal)).ToList(), Hosts.EndpointsOf("edge")));
    }
}
