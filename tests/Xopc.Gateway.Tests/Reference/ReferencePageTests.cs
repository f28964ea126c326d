using System.Net;
using System.Text.RegularExpressions;

namespace Xopc.Gateway.Tests.Reference;

public sealed partial class ReferencePageTests
{
    [Theory]
    [InlineData("/reference", "text/html")]
    [InlineData("/reference/reference.js", "text/javascript")]
    [InlineData("/reference/reference.css", "text/css")]
    public async Task The_page_comes_whole_and_loads_nothing_from_elsewhere(string path, string contentType)
    {
        await using var host = await EdgeHost.OneProcessAsync();

        using var response = await host.Client.SendAsync(host.Request(HttpMethod.Get, path), TestContext.Current.CancellationToken);
        var text = await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Equal(contentType, response.Content.Headers.ContentType!.MediaType);
        Assert.Contains("script-src 'self'", response.Headers.GetValues("Content-Security-Policy").Single(), StringComparison.Ordinal);
        Assert.True(text.Length > 1000);
        Assert.DoesNotContain(Addresses().Matches(text), address => !address.Value.StartsWith("http://www.w3.org/", StringComparison.Ordinal));
    }

    [Fact]
    public async Task The_page_lives_within_the_policy_no_script_no_handler_and_no_markup_from_data()
    {
        await using var host = await EdgeHost.OneProcessAsync();
        var page = await host.Client.SendAsync(host.Request(HttpMethod.Get, "/reference"), TestContext.Current.CancellationToken);
        var script = await host.Client.GetStringAsync("/reference/reference.js", TestContext.Current.CancellationToken);
        var html = await page.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);

        Assert.Equal(["<script src=\"/reference/reference.js\" defer>"], Scripts().Matches(html).Select(match => match.Value));
        Assert.DoesNotMatch(@"\son[a-z]+\s*=", html);
        Assert.DoesNotContain("innerHTML", script, StringComparison.Ordinal);
        Assert.DoesNotContain("insertAdjacentHTML", script, StringComparison.Ordinal);
        Assert.DoesNotContain("eval(", script, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Whoever_has_no_credential_sees_neither_the_page_nor_the_document()
    {
        await using var host = await EdgeHost.OneProcessAsync();

        foreach (var path in (string[])["/reference", "/openapi.json", "/api/openapi.json"])
        {
            using var response = await host.Client.GetAsync(path, TestContext.Current.CancellationToken);
            Assert.Equal(HttpStatusCode.Unauthorized, response.StatusCode);
        }
    }

    [GeneratedRegex(@"(?:https?:)?//[a-z][a-z0-9.-]+\.[a-z]{2,}[^\s'""]*", RegexOptions.IgnoreCase)]
    private static partial Regex Addresses();

    [GeneratedRegex("<script[^>]*>")]
    private static partial Regex Scripts();
}
