using System.Net;
using Microsoft.AspNetCore.Http;
using Xopc.Gateway.Proxy;

namespace Xopc.Gateway.Tests.Proxy;

public sealed class SessionAffinityTests
{
    [Theory]
    [InlineData("/api/sessions/main:a", null, "main:a")]
    [InlineData("/api/sessions/main:a/export", null, "main:a")]
    [InlineData("/API/Sessions/x", null, "x")]
    [InlineData("/api/agent/runs/r1/events", null, "r1")]
    [InlineData("/api/agent", "key", "key")]
    [InlineData("/api/agent", null, "")]
    [InlineData("/api/agent/abort", "key", "")]
    [InlineData("/api/sessions", "key", "")]
    [InlineData("/api/sessions/", null, "")]
    public void What_a_request_is_about_is_read_from_its_head(string path, string? idempotencyKey, string key)
    {
        var request = new DefaultHttpContext().Request;
        request.Path = path;
        request.Headers["Idempotency-Key"] = idempotencyKey;

        Assert.Equal(key, SessionAffinity.KeyOf(request).ToString());
    }

    [Fact]
    public async Task A_session_meets_one_replica_at_every_edge_and_sessions_spread()
    {
        await using var bundle = await Bundle.StartAsync();
        await using var second = await TestService.StartAsync(bundle.Credentials);
        await using var one = await EdgeAsync(bundle, [bundle.Service.Destination, second.Destination]);
        await using var other = await EdgeAsync(bundle, [second.Destination, bundle.Service.Destination]);

        for (var session = 0; session < 40; session++)
        {
            for (var i = 0; i < 4; i++)
            {
                var edge = i % 2 == 0 ? one : other;
                var answer = await edge.Client.SendAsync(edge.Request(HttpMethod.Get, $"/api/sessions/s{session}"), TestContext.Current.CancellationToken);
                Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
            }
        }

        var (here, there) = (bundle.Service.Asked.Distinct().ToArray(), second.Asked.Distinct().ToArray());
        Assert.Empty(here.Intersect(there));
        Assert.Equal(40, here.Length + there.Length);
        Assert.InRange(here.Length, 8, 32);
    }

    private static Task<EdgeHost> EdgeAsync(Bundle bundle, string[] agents) => EdgeHost.StartAsync(
        configure: options =>
        {
            options.Proxy = true;
            options.Destinations[XopcServices.Agents] = agents;
        },
        state: bundle.State);
}
