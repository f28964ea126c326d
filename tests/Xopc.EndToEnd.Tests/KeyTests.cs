using System.Text.Json.Nodes;

namespace Xopc.EndToEnd.Tests;

/// <summary>A key's life over real processes: made by the command line beside the gateway, used, limited, revoked in the middle of a stream.</summary>
public sealed class KeyTests
{
    [Theory]
    [InlineData(Shape.OneProcess)]
    [InlineData(Shape.Bundle)]
    public async Task A_key_made_while_nothing_runs_works_within_its_limits_until_it_is_revoked_mid_stream(Shape shape)
    {
        var said = "";
        await using var xopc = await Deployment.StartAsync(shape, beforeStart: async deployment =>
            said = await deployment.RunAsync("keys", "create", "phone", "--scope", "write", "--session", "main:webchat:default:direct:mine", "--json"));
        using var phone = new HttpClient { Timeout = Wait.Generous, BaseAddress = xopc.Url };
        phone.DefaultRequestHeaders.Add("X-Api-Key", (string)JsonNode.Parse(said)!["key"]!);
        using var client = new GatewayClient(phone, () => xopc.Url);

        var mine = await client.AskAsync("hello", "mine");
        var other = await client.AskAsync("hello", "other");
        await xopc.AskAsync("theirs", "other");
        var theirs = await client.SendAsync(HttpMethod.Get, "/api/sessions/main:webchat:default:direct:other");
        var list = await client.SendAsync(HttpMethod.Get, "/api/sessions");
        var keys = await client.SendAsync(HttpMethod.Get, "/api/keys");
        var config = await client.SendAsync(HttpMethod.Get, "/api/config");
        var status = await client.SendAsync(HttpMethod.Get, "/api/status");

        Assert.Equal((200, "hello"), (mine.Status, (string)mine.Body!["reply"]!));
        Assert.Equal((404, 404, 404, 404, 404), (other.Status, theirs.Status, keys.Status, config.Status, status.Status));
        Assert.Equal(1, (int)list.Body!["total"]!);

        using var events = await client.StreamAsync(HttpMethod.Get, "/api/events");
        Assert.Equal("connected", (await events.NextAsync())!.Type);
        await xopc.RunAsync("keys", "revoke", "phone", "--yes");
        await events.ToEndAsync(); // ends: without the revocation an event stream has no end

        Assert.Equal(401, (await client.SendAsync(HttpMethod.Get, "/api/sessions")).Status);
        Assert.Equal(200, (await xopc.SendAsync(HttpMethod.Get, "/api/sessions")).Status);
    }

    [Theory]
    [InlineData(Shape.OneProcess)]
    [InlineData(Shape.Bundle)]
    public async Task The_main_token_is_rotated_while_its_stream_is_open(Shape shape)
    {
        await using var xopc = await Deployment.StartAsync(shape, keptToken: true);
        using var events = await xopc.StreamAsync(HttpMethod.Get, "/api/events");
        Assert.Equal("connected", (await events.NextAsync())!.Type);

        var fresh = (await xopc.RunAsync("gateway", "token", "--rotate")).Trim();
        await events.ToEndAsync();

        Assert.Equal(401, (await xopc.SendAsync(HttpMethod.Get, "/api/sessions")).Status);
        using var http = new HttpClient { Timeout = Wait.Generous };
        http.DefaultRequestHeaders.Add("X-Api-Key", fresh);
        using var client = new GatewayClient(http, () => xopc.Url);
        var again = await client.SendAsync(HttpMethod.Post, "/api/auth/token/refresh");
        Assert.Equal(200, again.Status);
        Assert.Matches("^[0-9a-f]{48}$", (string)again.Body!["payload"]!["token"]!);
        Assert.DoesNotContain(fresh, again.Body.ToJsonString(), StringComparison.Ordinal);
        Assert.Equal(401, (await client.SendAsync(HttpMethod.Get, "/api/sessions")).Status);
    }
}
