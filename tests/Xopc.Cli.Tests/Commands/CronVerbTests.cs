using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;
using Xopc.Cli.Tests.Conversation;

namespace Xopc.Cli.Tests.Commands;

public sealed class CronVerbTests
{
    [Fact]
    public async Task A_new_job_is_sent_with_what_was_said_and_nothing_else()
    {
        await using var gateway = await FakeGateway.StartAsync();
        using var cli = Cli(gateway);
        gateway.Then(context => context.Response.WriteAsync("""{"id":"morning","schedule":"0 8 * * 1-5","job":{"next_run":"2026-12-02T07:00:00+00:00"}}"""));

        Assert.Equal(ExitCodes.Ok, await cli.RunAsync(
            "cron", "add", "0 8 * * 1-5", "--id", "morning", "--timezone", "Europe/Berlin", "--message", "What is on?", "--to", "telegram:-100:7", "--timeout", "90", "--tag", "a", "--tag", "b"));

        var request = await gateway.NextAsync();
        Assert.Equal(("POST", "/api/cron"), (request.Method, request.Path));
        var expected = JsonNode.Parse("""
            {"id":"morning","schedule":"0 8 * * 1-5","timezone":"Europe/Berlin","message":"What is on?","timeout":90000,"delivery":{"mode":"direct","channel":"telegram","to":"-100:7"},"tags":["a","b"]}
            """);
        Assert.True(JsonNode.DeepEquals(expected, JsonNode.Parse(request.Body)), request.Body);
        Assert.Equal("Job morning; next: 2026-12-02T07:00:00+00:00.\n", cli.Out);
    }

    [Theory]
    [InlineData("--every", "10m", """{"kind":"every","expression":"10m"}""")]
    [InlineData("--at", "2026-12-24T18:00:00Z", """{"kind":"at","expression":"2026-12-24T18:00:00Z"}""")]
    public async Task A_span_and_a_moment_are_schedules_too(string option, string value, string schedule)
    {
        await using var gateway = await FakeGateway.StartAsync();
        using var cli = Cli(gateway);
        gateway.Then(context => context.Response.WriteAsync("""{"id":"a"}"""));

        Assert.Equal(ExitCodes.Ok, await cli.RunAsync("cron", "add", option, value, "--event", "Drink"));

        var body = JsonNode.Parse((await gateway.NextAsync()).Body)!;
        Assert.True(JsonNode.DeepEquals(JsonNode.Parse(schedule), body["schedule"]), body.ToJsonString());
        Assert.True(JsonNode.DeepEquals(JsonNode.Parse("""{"kind":"systemEvent","text":"Drink"}"""), body["payload"]), body.ToJsonString());
    }

    [Theory]
    [InlineData("add", "--message", "a")]
    [InlineData("add", "* * * * *")]
    [InlineData("add", "* * * * *", "--every", "5m", "--message", "a")]
    [InlineData("add", "* * * * *", "--message", "a", "--event", "b")]
    [InlineData("add", "* * * * *", "--message", "a", "--to", "telegram")]
    [InlineData("add", "* * * * *", "--message", "a", "--missed", "never")]
    [InlineData("preview")]
    public async Task What_says_too_little_or_too_much_asks_nobody(params string[] arguments)
    {
        using var cli = new Cli { Environment = { ["XOPC_GATEWAY_TOKEN"] = "0123456789abcdef0123" } };

        Assert.Equal(ExitCodes.Usage, await cli.RunAsync(["cron", .. arguments, "--url", "http://127.0.0.1:1"]));

        Assert.Contains("xopc cron " + arguments[0] + " --help", cli.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_change_takes_away_what_is_cleared()
    {
        await using var gateway = await FakeGateway.StartAsync();
        using var cli = Cli(gateway);
        gateway.Then(context => context.Response.WriteAsync("""{"updated":true,"job":{"version":3}}"""));

        Assert.Equal(ExitCodes.Ok, await cli.RunAsync("cron", "edit", "a/b", "--name", "New", "--clear", "endsAt"));

        var request = await gateway.NextAsync();
        Assert.Equal(("PATCH", "/api/cron/a%2Fb", """{"name":"New","endsAt":null}"""), (request.Method, request.Path, request.Body));
        Assert.Equal("It is version 3; next: -.\n", cli.Out);
    }

    [Fact]
    public async Task A_list_says_how_each_job_is_doing()
    {
        await using var gateway = await FakeGateway.StartAsync();
        using var cli = Cli(gateway);
        gateway.Then(context => context.Response.WriteAsync("""
            {"jobs":[
              {"id":"a","schedule":"* * * * *","enabled":true,"next_run":"2026-12-01T00:00:00+00:00","state":{}},
              {"id":"b","schedule":"* * * * *","enabled":true,"next_run":"2026-12-01T00:00:00+00:00","state":{"blocked":"no such agent"}},
              {"id":"c","schedule":"* * * * *","enabled":false,"state":{}},
              {"id":"d","enabled":true,"state":{},"damage":"is no JSON"},
              {"id":"e","schedule":"1h","enabled":true,"state":{"markedAt":"2026-12-01T00:00:00+00:00"}}]}
            """));

        Assert.Equal(ExitCodes.Ok, await cli.RunAsync("cron", "list"));

        Assert.Equal(["STATE", "on", "no such agent", "off", "is no JSON", "failing"], cli.Out.TrimEnd().Split('\n').Select(line => line.Split("  ")[^1].Split(": ")[^1].Trim()));
    }

    private static Cli Cli(FakeGateway gateway) => new() { Environment = { ["XOPC_GATEWAY_TOKEN"] = "0123456789abcdef0123" }, Always = ["--url", gateway.Url] };
}
