using System.Net;
using System.Text.Json.Nodes;
using Xopc.Contracts;
using Xopc.Gateway.Keys;

namespace Xopc.EndToEnd.Tests.Surface;

/// <summary>Credentials of every kind, as they are really made: keys of the edge's database, and the cookie of a browser that redeemed a ticket.</summary>
internal sealed record SurfaceKeys(
    string Reader, string Writer, string OfOtherAgent, string OfOtherSession, string Revoked, string Expired, string WrongSecret, string UnknownId, string Cookie)
{
    public const string OtherAgent = "somebody-else";
    public const string OtherSession = "main:webchat:default:direct:of-another";

    public static async Task<SurfaceKeys> CreateAsync(SurfaceHost host)
    {
        var reader = await MakeAsync(host, "reader", "read", null);
        return new SurfaceKeys(
            reader,
            await MakeAsync(host, "writer", "write", null),
            await MakeAsync(host, "of-other-agent", "write", new JsonObject { ["agents"] = new JsonArray(OtherAgent) }),
            await MakeAsync(host, "of-other-session", "write", new JsonObject { ["sessions"] = new JsonArray(OtherSession) }),
            await RevokedAsync(host),
            await host.CreateKeyAsync(new ApiKeyRequest("expired", OperatorScope.Admin, null, null, DateTimeOffset.UnixEpoch)),
            reader[..^1] + (reader[^1] == 'A' ? 'B' : 'A'),
            "xk_" + new string('0', 12) + reader[15..],
            await CookieAsync(host));
    }

    private static async Task<string> MakeAsync(SurfaceHost host, string name, string scope, JsonObject? limits)
    {
        var body = limits ?? [];
        (body["name"], body["scope"]) = (name, scope);
        return (string)(await host.AskAsync(HttpMethod.Post, "/api/keys", body))["payload"]!["key"]!;
    }

    private static async Task<string> RevokedAsync(SurfaceHost host)
    {
        var made = (await host.AskAsync(HttpMethod.Post, "/api/keys", new JsonObject { ["name"] = "revoked", ["scope"] = "admin" }))["payload"]!;
        await host.AskAsync(HttpMethod.Delete, $"/api/keys/{made["id"]}");
        return (string)made["key"]!;
    }

    // ticket → redeem → cookie, as a browser goes.
    private static async Task<string> CookieAsync(SurfaceHost host)
    {
        var ticket = await host.AskAsync(HttpMethod.Post, "/api/auth/ticket", new JsonObject { ["to"] = "/reference" });
        using var redeemed = await host.Client.GetAsync(new Uri(host.Address, (string)ticket["payload"]!["url"]!), Wait.Cancelled);
        Assert.Equal((HttpStatusCode.SeeOther, "/reference"), (redeemed.StatusCode, redeemed.Headers.Location!.OriginalString));
        return redeemed.Headers.GetValues("Set-Cookie").Single().Split(';')[0];
    }
}
