namespace Xopc.Cli.Tests.Commands;

public sealed class CommandLineTests
{
    [Fact]
    public async Task The_version_is_one_line()
    {
        using var cli = new Cli();

        Assert.Equal(ExitCodes.Ok, await cli.RunAsync("--version"));
        Assert.Matches(@"^xopc \d+\.\d+\.\d+\n$", cli.Out);
    }

    [Theory]
    [InlineData("--help")]
    [InlineData("gateway", "--help")]
    [InlineData("gateway", "token", "--help")]
    [InlineData("agent", "-h")]
    [InlineData("config", "--help")]
    [InlineData("config", "path", "--help")]
    [InlineData("config", "validate", "--help")]
    public async Task Help_is_everywhere_and_shows_examples(params string[] args)
    {
        using var cli = new Cli();

        Assert.Equal(ExitCodes.Ok, await cli.RunAsync(args));
        var examples = cli.Out[cli.Out.IndexOf("Examples:", StringComparison.Ordinal)..];
        Assert.Contains("xopc " + string.Join(' ', args[..^1]), examples, StringComparison.Ordinal);
        Assert.Empty(cli.Error);
    }

    [Fact]
    public async Task Help_wins_over_what_is_wrong_beside_it()
    {
        using var cli = new Cli();

        Assert.Equal(ExitCodes.Ok, await cli.RunAsync("agent", "--nonsense", "--help"));
        Assert.Contains("Examples:", cli.Out, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Nothing_at_all_shows_the_help()
    {
        using var cli = new Cli();

        Assert.Equal(ExitCodes.Ok, await cli.RunAsync());
        Assert.Contains("gateway", cli.Out, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("gatway", "gateway")]
    [InlineData("agnet", "agent")]
    public async Task A_mistyped_verb_is_a_usage_error_with_the_verb_that_was_meant(string typed, string meant)
    {
        using var cli = new Cli();

        Assert.Equal(ExitCodes.Usage, await cli.RunAsync(typed));
        Assert.Contains(typed, cli.Error, StringComparison.Ordinal);
        Assert.Contains(meant, cli.Error, StringComparison.Ordinal);
        Assert.Empty(cli.Out);
    }

    [Fact]
    public async Task A_token_that_is_too_short_is_named_as_it_was_given()
    {
        using var home = new TemporaryDirectory();
        using var cli = new Cli();
        cli.Environment["XOPC_STATE_DIR"] = home.Path;

        Assert.Equal(ExitCodes.Configuration, await cli.RunAsync("gateway", "--token", "short"));
        Assert.Contains("--token", cli.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("XOPC_GATEWAY_TOKEN", cli.Error, StringComparison.Ordinal);

        cli.Environment["XOPC_GATEWAY_TOKEN"] = "short";
        Assert.Equal(ExitCodes.Configuration, await cli.RunAsync("gateway"));
        Assert.Contains("XOPC_GATEWAY_TOKEN", cli.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("gateway", "--port", "abc")]
    [InlineData("gateway", "--port", "-1")]
    [InlineData("gateway", "--port", "65536")]
    [InlineData("gateway", "--port")]
    [InlineData("gateway", "--bind", "everywhere")]
    [InlineData("gateway", "--role", "manager")]
    [InlineData("gateway", "--token", " ")]
    [InlineData("gateway", "--role", "agents", "--port", "1234")]
    [InlineData("gateway", "--nonsense")]
    [InlineData("agent")]
    [InlineData("agent", "-m", "")]
    [InlineData("agent", "-m", " \t")]
    [InlineData("agent", "-m", "Hi", "-i")]
    [InlineData("agent", "-m", "Hi", "-s", " ")]
    [InlineData("agent", "-m", "Hi", "--url", "gopher://x")]
    [InlineData("agent", "-m", "Hi", "--url", "not an address")]
    [InlineData("config")]
    [InlineData("config", "frobnicate")]
    public async Task What_cannot_be_meant_exits_with_2_and_says_why_on_the_error_stream(params string[] args)
    {
        using var cli = new Cli();

        Assert.Equal(ExitCodes.Usage, await cli.RunAsync(args));
        Assert.Empty(cli.Out);
        Assert.Contains($"See: xopc {args[0]}", cli.Error, StringComparison.Ordinal);
        Assert.True(cli.Error.Split('\n', StringSplitOptions.RemoveEmptyEntries).Length >= 2, "A reason stands before the hint: " + cli.Error);
    }
}
