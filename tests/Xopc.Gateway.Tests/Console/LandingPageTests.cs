using System.Net;
using System.Text.RegularExpressions;
using Xopc.Contracts;

namespace Xopc.Gateway.Tests.Console;

public sealed partial class LandingPageTests
{
    [Fact]
    public async Task The_page_needs_no_credential_no_script_and_nobody_else()
    {
        await using var edge = await EdgeHost.OneProcessAsync();

        var response = await edge.Client.GetAsync("/", TestContext.Current.CancellationToken);
        var page = await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Equal("text/html", response.Content.Headers.ContentType?.MediaType);
        Assert.DoesNotContain("<script", page, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain(" on", Tags().Matches(page).Aggregate("", (all, tag) => all + " " + tag.Value.Split(' ', 2)[0]), StringComparison.Ordinal);
        Assert.All(References().Matches(page), reference => Assert.Matches("^(/|data:)", reference.Groups[1].Value));
        Assert.Equal([edge.Address.Authority], Urls().Matches(page.Replace("http://www.w3.org/2000/svg", "", StringComparison.Ordinal)).Select(m => m.Groups[1].Value).Distinct());
        Assert.Contains("script-src 'self'", Assert.Single(response.Headers.GetValues("Content-Security-Policy")), StringComparison.Ordinal);
        Assert.DoesNotContain("{{", page, StringComparison.Ordinal);
    }

    [Fact]
    public async Task It_says_version_address_and_how_to_get_the_token_but_not_the_token()
    {
        await using var edge = await EdgeHost.OneProcessAsync();

        var page = await edge.Client.GetStringAsync("/", TestContext.Current.CancellationToken);

        Assert.Contains($"Version {GatewayVersion.Current}", page, StringComparison.Ordinal);
        Assert.Contains($"curl {edge.Address.GetLeftPart(UriPartial.Authority)}/api/agent", page, StringComparison.Ordinal);
        Assert.Contains("xopc gateway token", page, StringComparison.Ordinal);
        Assert.DoesNotContain(EdgeHost.Token[..8], page, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("$(touch%20x)")]
    [InlineData("a'b")]
    [InlineData("x;rm")]
    [InlineData("a&b")]
    public async Task A_strange_host_is_not_repeated_in_something_to_paste(string host)
    {
        await using var edge = await EdgeHost.OneProcessAsync();

        var response = await RawHttp.SendAsync(edge.Address, $"GET / HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n");

        Assert.DoesNotContain(host, response, StringComparison.Ordinal);
        Assert.True(RawHttp.Status(response) is 400 || response.Contains($"curl http://localhost:{edge.Address.Port}/", StringComparison.Ordinal));
    }

    [Fact]
    public async Task It_answers_reading_only()
    {
        await using var edge = await EdgeHost.OneProcessAsync();

        var post = await edge.Client.SendAsync(edge.Request(HttpMethod.Post, "/"), TestContext.Current.CancellationToken);
        var head = await edge.Client.SendAsync(edge.Request(HttpMethod.Head, "/", token: null), TestContext.Current.CancellationToken);

        await post.IsErrorAsync(ErrorCode.MethodNotAllowed);
        Assert.Equal(HttpStatusCode.OK, head.StatusCode);
    }

    [GeneratedRegex("(?:href|src)=\"([^\"]+)")]
    private static partial Regex References();

    [GeneratedRegex("<([a-z]+[^>]*)")]
    private static partial Regex Tags();

    [GeneratedRegex("https?://([^/\"' ]+)")]
    private static partial Regex Urls();
}
