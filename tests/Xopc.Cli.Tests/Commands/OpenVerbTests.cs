using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Xopc.Cli.Tests.Commands;

public sealed class OpenVerbTests
{
    private const string Link = "/auth/redeem?code=abc&to=%2Freference";

    [Fact]
    public async Task The_page_is_opened_by_a_one_time_link_and_the_link_is_not_printed()
    {
        await using var gateway = await StartAsync(Link);
        using var cli = Cli(gateway);
        var opened = new List<Uri>();
        cli.OpenBrowser = url => { opened.Add(url); return true; };

        Assert.Equal(ExitCodes.Ok, await cli.RunAsync("open"));

        Assert.Equal(new Uri(new Uri(gateway.Urls.Single()), Link), Assert.Single(opened));
        Assert.Empty(cli.Out + cli.Error);
    }

    [Theory]
    [InlineData(true, true)]
    [InlineData(false, false)]
    public async Task With_print_or_without_a_display_the_link_is_printed_alone(bool print, bool display)
    {
        await using var gateway = await StartAsync(Link);
        using var cli = Cli(gateway);
        cli.OpenBrowser = _ => display;

        Assert.Equal(ExitCodes.Ok, await cli.RunAsync(print ? ["open", "/reference", "--print"] : ["open", "/reference"]));

        Assert.Equal(gateway.Urls.Single() + Link + "\n", cli.Out);
    }

    [Theory]
    [InlineData("https://evil.example/")]
    [InlineData("//evil.example/")]
    [InlineData("/elsewhere")]
    public async Task A_link_that_no_gateway_of_ours_makes_is_not_followed(string link)
    {
        await using var gateway = await StartAsync(link);
        using var cli = Cli(gateway);
        cli.OpenBrowser = _ => throw new InvalidOperationException("opened");

        Assert.Equal(ExitCodes.Failed, await cli.RunAsync("open"));

        Assert.Contains("not an Xopc gateway", cli.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Without_a_gateway_the_next_command_is_named()
    {
        using var cli = new Cli { Environment = { ["XOPC_GATEWAY_TOKEN"] = "0123456789abcdef0123" } };

        Assert.Equal(ExitCodes.Failed, await cli.RunAsync("open", "--url", "http://127.0.0.1:9"));

        Assert.Contains("xopc gateway", cli.Error, StringComparison.Ordinal);
    }

    private static Cli Cli(WebApplication gateway) =>
        new() { Environment = { ["XOPC_GATEWAY_TOKEN"] = "0123456789abcdef0123" }, Always = ["--url", gateway.Urls.Single()] };

    private static async Task<WebApplication> StartAsync(string link)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        var app = builder.Build();
        app.MapPost("/api/auth/ticket", async (HttpContext context) =>
        {
            var to = (string)(await JsonNode.ParseAsync(context.Request.Body, cancellationToken: context.RequestAborted))!["to"]!;
            Assert.Equal("/reference", to);
            return Results.Json(new { ok = true, payload = new { code = "abc", expiresInSeconds = 60, url = link } });
        });
        await app.StartAsync(TestContext.Current.CancellationToken);
        return app;
    }
}
