using Microsoft.Extensions.Time.Testing;
using Xopc.Contracts;
using Xopc.Gateway.Edge;

namespace Xopc.Gateway.Tests.Keys;

/// <summary>A browser comes to pages by a one-time code and a cookie that is good for nothing else.</summary>
public sealed class TicketTests
{
    private static readonly HttpMethod Get = HttpMethod.Get;
    private static readonly HttpMethod Post = HttpMethod.Post;

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_code_becomes_a_cookie_once_and_leads_to_the_page()
    {
        await using var edge = await KeyHost.StartAsync();
        var ticket = await edge.PayloadAsync(Post, "/api/auth/ticket", edge.MainToken(), """{"to":"/page?tab=1"}""");
        var url = ticket.GetProperty("url").GetString()!;

        using var first = await edge.SendAsync(Get, url, null);
        using var second = await edge.SendAsync(Get, url, null);

        Assert.Equal(60, ticket.GetProperty("expiresInSeconds").GetInt32());
        Assert.Equal(303, (int)first.StatusCode);
        Assert.Equal("/page?tab=1", first.Headers.Location!.ToString());
        Assert.Equal("no-referrer", Assert.Single(first.Headers.GetValues("Referrer-Policy")));
        Assert.Equal("no-store", first.Headers.CacheControl!.ToString());
        Assert.Matches("^xopc_session=[A-Za-z0-9_-]{43}; max-age=43200; path=/; samesite=strict; httponly$", Assert.Single(first.Headers.GetValues("Set-Cookie")));
        await second.IsErrorAsync(ErrorCode.Unauthorized);
        using var page = await edge.SendAsync(Get, "/page", null, cookie: Cookie(first));
        Assert.Equal("operator", await page.Content.ReadAsStringAsync(Cancelled));
        Assert.DoesNotContain(ticket.GetProperty("code").GetString()!, edge.Log.Everything, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("GET", "/page", 200)]
    [InlineData("HEAD", "/page", 200)]
    [InlineData("POST", "/page", 401)]
    [InlineData("GET", "/api/who", 401)]
    [InlineData("GET", "/api/events", 401)]
    [InlineData("GET", "/status", 401)]
    [InlineData("POST", "/api/change", 401)]
    [InlineData("GET", "/api/keys", 401)]
    [InlineData("POST", "/api/keys", 401)]
    [InlineData("POST", "/api/auth/ticket", 401)]
    [InlineData("POST", "/api/auth/token/refresh", 401)]
    public async Task The_cookie_opens_pages_for_reading_and_nothing_else(string method, string path, int status)
    {
        await using var edge = await KeyHost.StartAsync();
        var cookie = await LogInAsync(edge, edge.MainToken());

        using var response = await edge.SendAsync(new HttpMethod(method), path, null, cookie: cookie);

        Assert.Equal(status, (int)response.StatusCode);
    }

    [Fact]
    public async Task A_wrong_header_is_not_made_good_by_a_cookie()
    {
        await using var edge = await KeyHost.StartAsync();
        var cookie = await LogInAsync(edge, edge.MainToken());

        using var response = await edge.SendAsync(Get, "/page", "a wrong token", cookie: cookie);

        Assert.Equal(401, (int)response.StatusCode);
    }

    [Fact]
    public async Task A_session_is_its_creator_and_ends_with_the_creators_key()
    {
        await using var edge = await KeyHost.StartAsync();
        var (id, key) = await edge.CreateAsync(edge.MainToken(), """{"name":"a","scope":"operator.read"}""");
        var cookie = await LogInAsync(edge, key);
        var code = (await edge.PayloadAsync(Post, "/api/auth/ticket", key)).GetProperty("code").GetString();
        using (var page = await edge.SendAsync(Get, "/page", null, cookie: cookie))
        {
            Assert.Equal("key:" + id, await page.Content.ReadAsStringAsync(Cancelled));
        }

        await using var stream = await edge.OpenStreamAsync(null, "/page/stream", cookie);
        Assert.Equal(200, await edge.StatusAsync(HttpMethod.Delete, $"/api/keys/{id}", edge.MainToken()));

        await stream.EndsAsync();
        using var after = await edge.SendAsync(Get, "/page", null, cookie: cookie);
        Assert.Equal(401, (int)after.StatusCode);
        Assert.Equal(401, await edge.StatusAsync(Get, $"/auth/redeem?code={code}", null));
    }

    [Fact]
    public async Task A_session_of_the_main_token_ends_with_its_rotation()
    {
        await using var edge = await KeyHost.StartAsync();
        var cookie = await LogInAsync(edge, edge.MainToken());

        Assert.Equal(200, await edge.StatusAsync(Post, "/api/auth/token/refresh", edge.MainToken()));

        using var after = await edge.SendAsync(Get, "/page", null, cookie: cookie);
        Assert.Equal(401, (int)after.StatusCode);
    }

    [Fact]
    public async Task A_code_lives_a_minute_and_a_session_half_a_day()
    {
        var clock = new FakeTimeProvider(DateTimeOffset.UtcNow);
        await using var edge = await KeyHost.StartAsync(clock: clock);
        var late = (await edge.PayloadAsync(Post, "/api/auth/ticket", edge.MainToken())).GetProperty("url").GetString()!;
        var cookie = await LogInAsync(edge, edge.MainToken());

        clock.Advance(Tickets.Lifetime);
        Assert.Equal(401, await edge.StatusAsync(Get, late, null));

        clock.Advance(PageSessions.Lifetime - Tickets.Lifetime - TimeSpan.FromSeconds(1));
        using (var page = await edge.SendAsync(Get, "/page", null, cookie: cookie))
        {
            Assert.Equal(200, (int)page.StatusCode);
        }

        clock.Advance(TimeSpan.FromSeconds(1));
        using var after = await edge.SendAsync(Get, "/page", null, cookie: cookie);
        Assert.Equal(401, (int)after.StatusCode);
    }

    [Fact]
    public void One_more_code_ends_that_principals_oldest_and_no_others()
    {
        var table = new OneTimeTable(TimeProvider.System, TimeSpan.FromMinutes(1), perPrincipal: 2);
        var mine = new KnownCaller(Principal.Operator, CancellationToken.None);
        var theirs = table.Add(new KnownCaller(new Principal("key:x", OperatorScope.Read), CancellationToken.None));
        string[] codes = [table.Add(mine), table.Add(mine), table.Add(mine)];

        Assert.Equal([false, true, true], codes.Select(code => table.Take(code) is not null));
        Assert.NotNull(table.Take(theirs));
        Assert.Null(table.Take(theirs));
        Assert.Null(table.Find(null));
        Assert.Null(table.Find(""));
    }

    [Theory]
    [InlineData("//evil.example")]
    [InlineData("/\\evil.example")]
    [InlineData("\\\\evil.example")]
    [InlineData("https://evil.example/")]
    [InlineData("https:evil.example")]
    [InlineData("javascript:alert(1)")]
    [InlineData("evil.example")]
    [InlineData("")]
    [InlineData(" /page")]
    [InlineData("/%2f%2fevil.example")]
    [InlineData("/%2F/evil.example")]
    [InlineData("/%5Cevil.example")]
    [InlineData("/%252f%252fevil.example")]
    [InlineData("/\t/evil.example")]
    [InlineData("/\n/evil.example")]
    [InlineData("/%09/evil.example")]
    [InlineData("/%0d%0aSet-Cookie:x=y")]
    [InlineData("/page?x=%0d%0aSet-Cookie:x=y")]
    [InlineData("/.//evil.example")]
    [InlineData("/..//evil.example")]
    [InlineData("/page//evil.example")]
    [InlineData("/%2e%2e/")]
    [InlineData("/ｅvil")]
    [InlineData("///evil.example")]
    public async Task A_redirect_leads_to_no_other_place(string to)
    {
        await using var edge = await KeyHost.StartAsync();
        var code = (await edge.PayloadAsync(Post, "/api/auth/ticket", edge.MainToken())).GetProperty("code").GetString();

        using var made = await edge.SendAsync(Post, "/api/auth/ticket", edge.MainToken(), System.Text.Json.JsonSerializer.Serialize(new Dictionary<string, string> { ["to"] = to }));
        using var redeemed = await edge.SendAsync(Get, $"/auth/redeem?code={code}&to={Uri.EscapeDataString(to)}", null);

        await made.IsErrorAsync(ErrorCode.InvalidRequest);
        await redeemed.IsErrorAsync(ErrorCode.InvalidRequest);
        Assert.False(redeemed.Headers.Contains("Set-Cookie"));
        Assert.Equal(303, await edge.StatusAsync(Get, $"/auth/redeem?code={code}", null)); // the code was not spent on it
    }

    [Theory]
    [InlineData("/auth/redeem")]
    [InlineData("/auth/redeem?code=")]
    [InlineData("/auth/redeem?code=AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA")]
    [InlineData("/auth/redeem?code=a&code=b")]
    public async Task Without_a_good_code_nobody_comes_in(string path)
    {
        await using var edge = await KeyHost.StartAsync();

        using var response = await edge.SendAsync(Get, path, null);

        await response.IsErrorAsync(ErrorCode.Unauthorized);
        Assert.False(response.Headers.Contains("Set-Cookie"));
    }

    [Fact]
    public async Task Looking_at_the_link_without_following_it_does_not_spend_it()
    {
        await using var edge = await KeyHost.StartAsync();
        var url = (await edge.PayloadAsync(Post, "/api/auth/ticket", edge.MainToken())).GetProperty("url").GetString()!;

        Assert.Equal(405, await edge.StatusAsync(HttpMethod.Head, url, null));
        Assert.Equal(303, await edge.StatusAsync(Get, url, null));
    }

    private static async Task<string> LogInAsync(EdgeHost edge, string token)
    {
        var url = (await edge.PayloadAsync(Post, "/api/auth/ticket", token)).GetProperty("url").GetString()!;
        using var response = await edge.SendAsync(Get, url, null);
        return Cookie(response);
    }

    private static string Cookie(HttpResponseMessage response) => Assert.Single(response.Headers.GetValues("Set-Cookie")).Split(';')[0];
}
