using Xopc.Testing.Http;

namespace Xopc.EndToEnd.Tests;

/// <summary>Two edge processes of one installation: what ends at one ends at the other, streams included.</summary>
public sealed class TwoEdgesTests
{
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_key_that_is_revoked_at_one_edge_loses_its_stream_at_the_other(bool redisIsThere)
    {
        await using var xopc = await Deployment.StartAsync(Shape.Bundle);
        var made = await xopc.SendAsync(HttpMethod.Post, "/api/keys", """{"name":"phone","scope":"operator.read"}""");
        var key = made.Body!["payload"]!;
        var phone = await xopc.AnotherEdgeAsync((string)key["key"]!);
        var owner = await xopc.AnotherEdgeAsync(xopc.Token);
        using var events = await ConnectedAsync(phone);
        using var others = await ConnectedAsync(owner);
        var (mine, theirs) = (events.ToEndAsync(), others.ToEndAsync());
        await RedisIsAsync(xopc, redisIsThere);
        Assert.False(mine.IsCompleted, "The stream ended before the key was revoked.");

        Assert.Equal(200, (await xopc.SendAsync(HttpMethod.Delete, $"/api/keys/{key["id"]}")).Status);
        var started = TimeProvider.System.GetTimestamp();
        await mine;
        Tell(started);

        Assert.False(theirs.IsCompleted, "A revoked key ended somebody else's stream.");
        Assert.Equal(401, (await phone.SendAsync(HttpMethod.Get, "/api/keys/me")).Status);
        Assert.Equal(200, (await owner.SendAsync(HttpMethod.Get, "/api/keys/me")).Status);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task The_main_token_that_is_rotated_at_one_edge_loses_its_stream_at_the_other(bool redisIsThere)
    {
        await using var xopc = await Deployment.StartAsync(Shape.Bundle, keptToken: true);
        var old = await xopc.AnotherEdgeAsync(xopc.Token);
        using var events = await ConnectedAsync(old);
        var mine = events.ToEndAsync();
        await RedisIsAsync(xopc, redisIsThere);
        Assert.False(mine.IsCompleted, "The stream ended before the token was rotated.");

        var (status, body) = await xopc.SendAsync(HttpMethod.Post, "/api/auth/token/refresh");
        var started = TimeProvider.System.GetTimestamp();
        await mine;
        Tell(started);

        Assert.Equal(200, status);
        Assert.Equal(401, (await old.SendAsync(HttpMethod.Get, "/api/keys/me")).Status);
        var fresh = await xopc.AnotherEdgeAsync((string)body!["payload"]!["token"]!);
        Assert.Equal(200, (await fresh.SendAsync(HttpMethod.Get, "/api/keys/me")).Status);
    }

    private static async Task<SseReader> ConnectedAsync(GatewayClient client)
    {
        var events = await client.StreamAsync(HttpMethod.Get, "/api/events");
        Assert.Equal("connected", (await events.NextAsync())!.Type);
        return events;
    }

    private static Task RedisIsAsync(Deployment xopc, bool there) => there ? Task.CompletedTask : xopc.Redis.KillAsync(Wait.Cancelled);

    private static void Tell(long started) => TestContext.Current.TestOutputHelper?.WriteLine(
        $"From the answer to the end of the stream: {TimeProvider.System.GetElapsedTime(started).TotalMilliseconds:0} ms");
}
