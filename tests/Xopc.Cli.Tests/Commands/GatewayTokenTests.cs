namespace Xopc.Cli.Tests.Commands;

public sealed class GatewayTokenTests : IDisposable
{
    private readonly TemporaryDirectory _home = new();

    public void Dispose() => _home.Dispose();

    [Fact]
    public async Task The_generated_token_is_printed_alone_and_is_the_same_every_time()
    {
        using var first = Cli();
        using var second = Cli();

        Assert.Equal(ExitCodes.Ok, await first.RunAsync("gateway", "token"));
        Assert.Equal(ExitCodes.Ok, await second.RunAsync("gateway", "token"));

        Assert.Matches("^[0-9a-f]{48}\n$", first.Out);
        Assert.Equal(first.Out, second.Out);
        Assert.Empty(first.Error);
    }

    [Fact]
    public async Task A_configured_token_is_printed_whole_and_none_is_generated()
    {
        _home.File("xopc.json", """{"gateway":{"auth":{"token":"${MY_TOKEN}"}}}""");
        using var cli = Cli();
        cli.Environment["MY_TOKEN"] = "a-token-from-the-environment";

        Assert.Equal(ExitCodes.Ok, await cli.RunAsync("gateway", "token"));

        Assert.Equal("a-token-from-the-environment\n", cli.Out);
        Assert.False(Directory.Exists(Path.Combine(_home.Path, "credentials")));
    }

    [Theory]
    [InlineData("""{"gateway":{"auth":{"mode":"none"}}}""", "none")]
    [InlineData("""{"gateway":{"auth":{"mode":"password","password":"the-password-itself"}}}""", "password")]
    public async Task In_another_mode_there_is_no_token_and_that_is_said(string config, string mode)
    {
        _home.File("xopc.json", config);
        using var cli = Cli();

        Assert.Equal(ExitCodes.Failed, await cli.RunAsync("gateway", "token"));

        Assert.Empty(cli.Out);
        Assert.Contains($"\"{mode}\"", cli.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("the-password-itself", cli.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_weak_token_is_a_configuration_error_that_does_not_show_it()
    {
        _home.File("xopc.json", """{"gateway":{"auth":{"token":"hunter2"}}}""");
        using var cli = Cli();

        Assert.Equal(ExitCodes.Configuration, await cli.RunAsync("gateway", "token"));
        Assert.Contains("gateway.auth.token", cli.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("hunter2", cli.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_file_that_holds_no_generated_token_is_told_instead_of_printed()
    {
        _home.File("credentials/gateway-token", "something else");
        using var cli = Cli();

        Assert.Equal(ExitCodes.Failed, await cli.RunAsync("gateway", "token"));
        Assert.Empty(cli.Out);
        Assert.Contains("gateway-token", cli.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_client_commands_present_the_generated_token_to_the_configured_address()
    {
        await using var gateway = (await Conversation.FakeGateway.StartAsync()).ThenStream(
            """1.1|status|{"type":"status","status":"accepted","runId":"r"}""", """1.2|result|{"ok":true,"payload":{"status":"ok"}}""");
        _home.File("xopc.json", $$$"""{"gateway":{"port":{{{new Uri(gateway.Url).Port}}}}}""");
        using var token = Cli();
        await token.RunAsync("gateway", "token");
        using var cli = Cli();

        Assert.Equal(ExitCodes.Ok, await cli.RunAsync("agent", "-m", "Hi"));

        Assert.Equal("Bearer " + token.Out.Trim(), (await gateway.NextAsync()).Headers.Authorization);
    }

    [Fact]
    public async Task Rotating_prints_the_new_token_alone_and_the_old_one_is_gone()
    {
        using var first = Cli();
        using var rotated = Cli();
        using var after = Cli();
        await first.RunAsync("gateway", "token");

        Assert.Equal(ExitCodes.Ok, await rotated.RunAsync("gateway", "token", "--rotate"));
        await after.RunAsync("gateway", "token");

        Assert.Matches("^[0-9a-f]{48}\n$", rotated.Out);
        Assert.NotEqual(first.Out, rotated.Out);
        Assert.Equal(rotated.Out, after.Out);
    }

    [Fact]
    public async Task A_token_written_in_the_configuration_is_rotated_there_and_one_from_the_environment_is_not()
    {
        var config = _home.File("xopc.json", """{"gateway":{"auth":{"token":"a-token-written-into-the-file"}}}""");
        using var outside = Cli();
        outside.Environment["XOPC_GATEWAY_TOKEN"] = "a-token-from-the-environment";
        using var rotated = Cli();

        Assert.Equal(ExitCodes.Failed, await outside.RunAsync("gateway", "token", "--rotate"));
        Assert.Contains("XOPC_GATEWAY_TOKEN", outside.Error, StringComparison.Ordinal);
        Assert.Equal(ExitCodes.Ok, await rotated.RunAsync("gateway", "token", "--rotate"));

        Assert.Contains(rotated.Out.Trim(), await File.ReadAllTextAsync(config, TestContext.Current.CancellationToken), StringComparison.Ordinal);
    }

    private Cli Cli() => new() { Environment = { ["XOPC_STATE_DIR"] = _home.Path } };
}
