using System.Net;
using Microsoft.Extensions.Configuration;

namespace Xopc.Gateway.Tests.Proxy;

public sealed class ServiceDiscoveryTests
{
    [Fact]
    public async Task A_service_name_leads_to_the_addresses_that_the_environment_gives()
    {
        await using var bundle = await Bundle.StartAsync(unix: false);
        await using var edge = await EdgeHost.StartAsync(
            configure: options => options.Proxy = true,
            build: builder => builder.Configuration.AddInMemoryCollection(
                new Dictionary<string, string?> { ["services:xopc-agents:http:0"] = bundle.Service.Destination }),
            state: bundle.State);

        var found = await edge.Client.SendAsync(edge.Request(HttpMethod.Get, "/api/sessions"), TestContext.Current.CancellationToken);
        var absent = await edge.Client.SendAsync(edge.Request(HttpMethod.Get, "/api/cron"), TestContext.Current.CancellationToken);

        Assert.Equal(HttpStatusCode.OK, found.StatusCode);
        Assert.True(absent.StatusCode == HttpStatusCode.ServiceUnavailable, edge.Log.Everything);
        await absent.IsErrorAsync(Contracts.ErrorCode.Unavailable);
    }

    [Fact]
    public async Task Addresses_that_change_while_it_runs_are_followed()
    {
        await using var bundle = await Bundle.StartAsync(unix: false);
        await using var moved = await TestService.StartAsync(bundle.Credentials);
        var settings = new Dictionary<string, string?> { ["services:xopc-agents:http:0"] = bundle.Service.Destination };
        IConfigurationRoot? configuration = null;
        await using var edge = await EdgeHost.StartAsync(
            configure: options => options.Proxy = true,
            build: builder =>
            {
                builder.Configuration.AddInMemoryCollection(settings);
                configuration = builder.Configuration;
            },
            state: bundle.State);
        Assert.Equal(HttpStatusCode.OK, (await AskAsync()).StatusCode);

        configuration!["services:xopc-agents:http:0"] = moved.Destination;
        configuration.Reload();
        using var limit = new CancellationTokenSource(EdgeHost.Limit);
        while (!moved.Asked.Any())
        {
            Assert.Equal(HttpStatusCode.OK, (await AskAsync()).StatusCode);
            limit.Token.ThrowIfCancellationRequested();
        }

        Task<HttpResponseMessage> AskAsync() => edge.Client.SendAsync(edge.Request(HttpMethod.Get, "/api/sessions"), TestContext.Current.CancellationToken);
    }
}
