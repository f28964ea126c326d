using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Time.Testing;
using Xopc.ServiceDefaults.Http;

namespace Xopc.Gateway.Tests.Edge.Limits;

/// <summary>A public endpoint that checks a secret of its own: what the edge lets through to it, and what it counts.</summary>
public sealed class SecretOfEndpointTests
{
    private const string Right = "right-0123456789";

    private readonly FakeTimeProvider _clock = new(DateTimeOffset.UnixEpoch.AddYears(56));
    private int _asked;

    [Fact]
    public async Task Without_a_secret_nothing_reaches_the_endpoint()
    {
        await using var edge = await StartAsync();

        Assert.Equal(401, RawHttp.Status(await AskAsync(edge, null)));
        Assert.Equal(401, RawHttp.Status(await AskAsync(edge, "")));
        Assert.Equal(401, RawHttp.Status(await RawHttp.SendAsync(edge.Address, Request("192.0.2.1", "X-Secret: a\r\nX-Secret: b\r\n"))));
        Assert.Equal(0, _asked);
    }

    [Fact]
    public async Task Five_wrong_ones_reach_the_endpoint_and_then_none_until_the_time_is_over()
    {
        await using var edge = await StartAsync();
        for (var i = 0; i < 5; i++)
        {
            Assert.Equal(401, RawHttp.Status(await AskAsync(edge, "wrong")));
        }

        Assert.Equal(429, RawHttp.Status(await AskAsync(edge, "wrong")));
        Assert.Equal(5, _asked);
        Assert.Single(edge.Log.Lines, line => line.Text.Contains("192.0.2.1 presented 5 wrong credentials", StringComparison.Ordinal));
        Assert.Equal(200, RawHttp.Status(await AskAsync(edge, Right, "192.0.2.2")));
        _clock.Advance(TimeSpan.FromMinutes(5));
        Assert.Equal(200, RawHttp.Status(await AskAsync(edge, Right)));
    }

    [Fact]
    public async Task Whoever_showed_the_right_one_before_is_let_in_also_from_an_address_that_is_blocked_and_ends_the_block()
    {
        await using var edge = await StartAsync();
        Assert.Equal(200, RawHttp.Status(await AskAsync(edge, Right)));
        for (var i = 0; i < 6; i++)
        {
            await AskAsync(edge, "wrong");
        }

        Assert.Equal(429, RawHttp.Status(await AskAsync(edge, "wrong")));
        Assert.Equal(200, RawHttp.Status(await AskAsync(edge, Right)));
        Assert.Equal(401, RawHttp.Status(await AskAsync(edge, "wrong")));
    }

    [Fact]
    public async Task A_secret_is_in_no_line_of_the_log()
    {
        await using var edge = await StartAsync();
        await AskAsync(edge, Right);
        await AskAsync(edge, "wrong-0123456789");

        Assert.DoesNotContain("0123456789", edge.Log.Everything, StringComparison.Ordinal);
    }

    private Task<EdgeHost> StartAsync() => EdgeHost.StartAsync(
        clock: _clock,
        map: app => app.MapPost("/hook", (HttpContext context) =>
        {
            Interlocked.Increment(ref _asked);
            return context.Request.Headers["X-Secret"] == Right ? Results.Ok() : new ApiError(Contracts.ErrorCode.Unauthorized, SecretOfEndpoint.Refusal);
        }).PublicBySecret("X-Secret", "It checks a secret of its own in this test"));

    private static Task<string> AskAsync(EdgeHost edge, string? secret, string peer = "192.0.2.1") =>
        RawHttp.SendAsync(edge.Address, Request(peer, secret is null ? "" : $"X-Secret: {secret}\r\n"));

    private static string Request(string peer, string headers) =>
        $"POST /hook HTTP/1.1\r\nHost: localhost\r\n{EdgeHost.PeerHeader}: {peer}\r\n{headers}Content-Length: 0\r\nConnection: close\r\n\r\n";
}
