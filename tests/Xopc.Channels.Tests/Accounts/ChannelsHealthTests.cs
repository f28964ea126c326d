using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Xopc.Channels.Tests.Accounts;

public sealed class ChannelsHealthTests
{
    [Fact]
    public async Task Without_a_channel_all_is_well()
    {
        await using var host = await ChannelsHost.StartAsync("""{"channels":{"telegram":{"enabled":false},"feishu":{}}}""");

        Assert.Equal(HealthStatus.Healthy, (await host.CheckAsync("channels")).Status);
    }

    [Fact]
    public async Task A_channel_that_is_switched_on_and_cannot_run_is_named()
    {
        await using var host = await ChannelsHost.StartAsync(
            """{"channels":{"weixin":{"enabled":true},"dingtalk":{"enabled":true},"feishu":{"enabled":false}}}""");

        var health = await host.CheckAsync("channels");

        Assert.Equal(HealthStatus.Degraded, health.Status);
        Assert.EndsWith("dingtalk, weixin", health.Description, StringComparison.Ordinal);
    }
}
