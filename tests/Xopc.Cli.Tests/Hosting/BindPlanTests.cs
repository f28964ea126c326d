using System.Net;
using Xopc.Cli.Hosting;
using Xopc.Configuration;

namespace Xopc.Cli.Tests.Hosting;

public sealed class BindPlanTests
{
    [Theory]
    [InlineData("loopback", null, "127.0.0.1", "http://127.0.0.1:18790")]
    [InlineData("lan", null, "0.0.0.0", "http://127.0.0.1:18790")]
    [InlineData("auto", null, "127.0.0.1", "http://127.0.0.1:18790")]
    [InlineData("tailnet", null, "100.100.1.2", "http://100.100.1.2:18790")]
    [InlineData("custom", "192.168.1.7", "192.168.1.7", "http://192.168.1.7:18790")]
    public void A_mode_is_an_address_and_a_client_can_use_its_url(string mode, string? custom, string address, string url)
    {
        var plan = Resolve(mode, custom, "127.0.0.1", "192.168.1.7", "100.128.0.1", "100.100.1.2");

        Assert.Equal(IPAddress.Parse(address), plan.Address);
        Assert.Equal(url, plan.Url(plan.Port));
        Assert.Equal(address == "127.0.0.1", plan.IsLoopback);
    }

    [Fact]
    public void Without_a_loopback_address_auto_takes_the_network() => Assert.Equal(IPAddress.Any, Resolve("auto", null, "10.0.0.1").Address);

    [Theory]
    [InlineData("tailnet", null, "100.64.0.0/10")]
    [InlineData("custom", null, "customBindHost")]
    [InlineData("custom", "not an address", "customBindHost")]
    [InlineData("custom", "::1", "customBindHost")]
    [InlineData("everywhere", null, "loopback, lan, auto, tailnet, custom")]
    public void What_cannot_be_followed_says_what_is_missing(string mode, string? custom, string expected) =>
        Assert.Contains(expected, Assert.Throws<BindException>(() => Resolve(mode, custom, "127.0.0.1")).Message, StringComparison.Ordinal);

    [Fact]
    public void An_address_of_another_machine_cannot_be_listened_on() =>
        Assert.Throws<BindException>(() => new BindPlan(IPAddress.Parse("192.0.2.1"), 0).Probe());

    private static BindPlan Resolve(string mode, string? custom, params string[] addresses) =>
        BindPlan.Resolve(new GatewayConfig { Bind = mode, CustomBindHost = custom }, () => addresses.Select(IPAddress.Parse));
}
