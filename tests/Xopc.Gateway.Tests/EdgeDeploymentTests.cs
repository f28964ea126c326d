using Microsoft.Extensions.Configuration;
using Xopc.Configuration;

namespace Xopc.Gateway.Tests;

public sealed class EdgeDeploymentTests
{
    [Fact]
    public void A_deployment_says_where_the_services_are_and_how_patient_the_edge_is()
    {
        var edge = Apply(
            ("Edge:ReadPatience", "00:01:00"), ("Edge:MaxForwardedPerService", "10"),
            ("Edge:Destinations:agents:0", "http://10.0.0.7:5102"), ("Edge:Destinations:agents:1", "unix:/run/agents.sock"));

        Assert.Equal((TimeSpan.FromMinutes(1), 10), (edge.ReadPatience, edge.MaxForwardedPerService));
        Assert.Equal(["http://10.0.0.7:5102", "unix:/run/agents.sock"], edge.Destinations["agents"]);
        Assert.Equal(["https+http://xopc-channels"], edge.Destinations["channels"]);
    }

    [Theory]
    [InlineData("Edge:ReadPatience", "soon", "Edge__ReadPatience")]
    [InlineData("Edge:ReadPatience", "-00:00:01", "Edge__ReadPatience")]
    [InlineData("Edge:MaxConcurrentConnections", "0", "Edge__MaxConcurrentConnections")]
    [InlineData("Edge:Destinations:agnts:0", "http://a", "Edge__Destinations__agnts")]
    [InlineData("Edge:Destinations:agents:0", "ftp://a", "Edge__Destinations__agents")]
    [InlineData("Edge:Destinations:agents:0", "unix:relative", "Edge__Destinations__agents")]
    [InlineData("Edge:Destinations:agents:0", "http://user:pass@a", "Edge__Destinations__agents")]
    [InlineData("Edge:Destinations:agents:0", "http://a/path", "Edge__Destinations__agents")]
    public void What_cannot_be_used_is_named_as_it_is_written_in_the_environment(string key, string value, string named) =>
        Assert.Equal(named, Assert.Single(Assert.Throws<ConfigException>(() => Apply((key, value))).Errors).Path);

    private static EdgeOptions Apply(params (string Key, string Value)[] settings)
    {
        var edge = new EdgeOptions();
        EdgeDeployment.Apply(edge, new ConfigurationBuilder().AddInMemoryCollection(settings.Select(item => KeyValuePair.Create(item.Key, (string?)item.Value))).Build());
        return edge;
    }
}
