namespace Xopc.Cli.Tests.Conversation;

/// <summary>The client command as a process: real signals, real exit codes, and a real gateway at the other end.</summary>
public sealed class AgentProcessTests : IDisposable
{
    private readonly TemporaryDirectory _home = new();

    public void Dispose() => _home.Dispose();

    [Theory]
    [InlineData("INT", ExitCodes.Interrupted)]
    [InlineData("TERM", ExitCodes.Terminated)]
    public async Task A_signal_stops_the_run_and_names_itself_in_the_exit_code(string signal, int expected)
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Signals");
        var hanging = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var gateway = (await FakeGateway.StartAsync())
            .ThenHang(
                hanging,
                """1.1|status|{"type":"status","status":"accepted","runId":"run-1"}""",
                """1.2|token|{"type":"token","content":"It all began\n"}""")
            .Then(_ => Task.CompletedTask);
        await using var agent = XopcProcess.Start(_home.Path, null, "agent", "-m", "Tell me", "--url", gateway.Url, "--token", "the-token");
        await agent.ShowsAsync("It all began");

        agent.Signal(signal);

        Assert.Equal(expected, await agent.ExitAsync());
        await gateway.NextAsync();
        Assert.Equal("/api/agent/abort", (await gateway.NextAsync()).Path);
    }

    [Fact]
    public async Task A_fresh_gateway_answers_the_command_line_without_any_setting()
    {
        await using var gateway = XopcProcess.Start(_home.Path, null, "gateway", "--port", "0");
        await gateway.UrlAsync();
        Assert.Contains("xopc/demo", gateway.Out, StringComparison.Ordinal);

        await using var agent = XopcProcess.Start(_home.Path, null, "agent", "-m", "Hello", "--json");

        Assert.True(await agent.ExitAsync() == ExitCodes.Ok, agent.Out + agent.Error);
        using var answer = System.Text.Json.JsonDocument.Parse(agent.Out);
        Assert.Equal("ok", answer.RootElement.GetProperty("status").GetString());
        Assert.NotEqual("", answer.RootElement.GetProperty("reply").GetString());
    }
}
