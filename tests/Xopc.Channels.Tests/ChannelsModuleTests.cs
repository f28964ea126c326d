using System.Net;
using Xopc.ServiceDefaults.Http;

namespace Xopc.Channels.Tests;

public sealed class ChannelsModuleTests
{
    [Fact]
    public async Task The_module_composes_and_reports_its_health_by_name()
    {
        await using var host = await ChannelsHost.StartAsync();

        var (status, body) = await host.GetAsync("/health");

        Assert.Equal(HttpStatusCode.OK, status);
        Assert.Equal("healthy", body.GetProperty("status").GetString());
        Assert.Equal("healthy", body.GetProperty("checks").GetProperty("channels").GetProperty("status").GetString());
    }

    [Fact]
    public async Task Beyond_its_health_it_answers_nobody_whom_the_installation_did_not_sign_for()
    {
        await using var host = await ChannelsHost.StartAsync();

        var (status, body) = await host.GetAsync("/api/channels");

        Assert.Equal(HttpStatusCode.Unauthorized, status);
        Assert.Equal("UNAUTHORIZED", body.GetProperty("error").GetProperty("code").GetString());
    }

    [Fact]
    public async Task Every_endpoint_carries_a_scope_or_a_reason_for_none()
    {
        await using var host = await ChannelsHost.StartAsync();

        Assert.NotEmpty(host.Endpoints);
        Assert.All(host.Endpoints, endpoint => Assert.Single(endpoint.Metadata.OfType<EndpointScope>()));
    }
}
