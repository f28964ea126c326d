using System.Net;
using Xopc.Configuration;
using Xopc.Gateway.Edge;

namespace Xopc.Gateway.Tests;

public sealed class GatewayModuleTests : IDisposable
{
    private readonly string _state = Directory.CreateTempSubdirectory("xopc-gateway-").FullName;

    public void Dispose() => Directory.Delete(_state, recursive: true);

    [Fact]
    public async Task Unconfigured_it_starts_with_a_generated_token_that_the_next_start_keeps()
    {
        string? first;
        await using (var edge = await EdgeHost.StartAsync(state: _state, environment: []))
        {
            first = GatewayTokenFile.Find(Path.Combine(_state, "credentials"));
            Assert.NotNull(first);
            Assert.Equal(HttpStatusCode.OK, await StatusAsync(edge, first));
            Assert.Equal(HttpStatusCode.Unauthorized, await StatusAsync(edge, EdgeHost.Token));
            Assert.DoesNotContain(first, edge.Log.Everything, StringComparison.Ordinal);
        }

        await using var again = await EdgeHost.StartAsync(state: _state, environment: []);
        Assert.Equal(HttpStatusCode.OK, await StatusAsync(again, first));
    }

    [Fact]
    public async Task The_environment_beats_the_file()
    {
        File.WriteAllText(Path.Combine(_state, "xopc.json"), """{"gateway":{"auth":{"mode":"token","token":"token-of-the-file-here"}}}""");
        await using var edge = await EdgeHost.StartAsync(state: _state, environment: new() { ["XOPC_GATEWAY_TOKEN"] = "token-of-the-environment" });

        Assert.Equal(HttpStatusCode.OK, await StatusAsync(edge, "token-of-the-environment"));
        Assert.Equal(HttpStatusCode.Unauthorized, await StatusAsync(edge, "token-of-the-file-here"));
    }

    [Theory]
    [InlineData("{\"gateway\":{\"auth\":{\"token\":\"abc123\"}}}")]
    [InlineData("{\"gateway\":{\"auth\":{\"token\":\"fifteen-chars-x\"}}}")]
    [InlineData("{\"gateway\":{\"auth\":{\"token\":\"long-enough-token-1\",\"password\":\"and-a-password-too\"}}}")]
    [InlineData("{\"gateway\":{\"auth\":{\"mode\":\"password\"}}}")]
    [InlineData("{\"gateway\":{\"auth\":{\"token\":\"${NOT_SET_ANYWHERE}\"}}}")]
    [InlineData("{\"gateway\":")]
    public async Task A_broken_rule_stops_the_start_before_anything_listens(string config)
    {
        File.WriteAllText(Path.Combine(_state, "xopc.json"), config);

        await Assert.ThrowsAsync<ConfigException>(() => EdgeHost.StartAsync(state: _state, environment: []));
    }

    [Fact]
    public async Task A_damaged_token_file_stops_the_start_with_its_name()
    {
        Directory.CreateDirectory(Path.Combine(_state, "credentials"));
        File.WriteAllText(Path.Combine(_state, "credentials", GatewayTokenFile.FileName), "damaged");

        var error = await Assert.ThrowsAsync<InvalidDataException>(() => EdgeHost.StartAsync(state: _state, environment: []));
        Assert.Contains(GatewayTokenFile.FileName, error.Message, StringComparison.Ordinal);
    }

    private static async Task<HttpStatusCode> StatusAsync(EdgeHost edge, string token) =>
        (await edge.Client.SendAsync(edge.Request(HttpMethod.Get, "/status", token), TestContext.Current.CancellationToken)).StatusCode;
}
