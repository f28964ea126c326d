using System.Text.Json;
using Xopc.Agents.Runs;
using Xopc.Agents.Tests.Runs;
using Xopc.Agents.Tools;
using Xopc.Agents.Transcripts;
using Xopc.Agents.Turns;

namespace Xopc.Agents.Tests.Turns;

public sealed class ToolRoundTests
{
    private static readonly JsonElement Schema = ToolSchema.Create([]);

    [Fact]
    public async Task What_finished_before_a_cancellation_stays_in_the_order_of_the_calls()
    {
        var produced = new List<TranscriptMessage>();
        using var stop = new CancellationTokenSource();
        var began = new TaskCompletionSource();
        var tools = new ToolSet([new Tool("fast", _ => Task.FromResult("done")), new Tool("slow", async token =>
        {
            began.SetResult();
            await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, token);
            return "never";
        })]);

        var round = RunAsync(tools, ["fast", "slow", "fast"], produced, stop.Token);
        await began.Task.WaitAsync(AgentsHost.Generous, AgentsHost.Cancelled);
        await stop.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => round);
        Assert.Equal([("c0", "done"), ("c2", "done")], produced.Select(message => (message.ToolCallId!, message.Content)));
    }

    [Fact]
    public async Task A_tool_that_breaks_does_not_take_the_results_of_the_others_with_it()
    {
        var produced = new List<TranscriptMessage>();
        var tools = new ToolSet([new Tool("broken", _ => throw new InvalidOperationException("a bug")), new Tool("fine", _ => Task.FromResult("done"))]);

        await Assert.ThrowsAsync<InvalidOperationException>(() => RunAsync(tools, ["broken", "fine"], produced, AgentsHost.Cancelled));

        Assert.Equal("done", Assert.Single(produced).Content);
    }

    private static async Task RunAsync(ToolSet tools, string[] names, List<TranscriptMessage> produced, CancellationToken cancellationToken)
    {
        await using var host = await AgentsHost.StartAsync();
        using var run = TestRun.Of(Guid.NewGuid().ToString("D"));
        var writer = host.Get<RunWriters>().Open(run, showThinking: false);
        await ToolRound.RunAsync(
            tools, [.. names.Select((name, i) => new TranscriptToolCall($"c{i}", name, "{}"))], writer, "t", produced, TimeProvider.System, cancellationToken);
    }

    private sealed class Tool(string name, Func<CancellationToken, Task<string>> act) : AgentTool(name, "For a test.", [], Schema, TimeProvider.System)
    {
        protected override async Task<ToolResult> ActAsync(ToolArguments arguments, CancellationToken cancellationToken) => new(await act(cancellationToken));
    }
}
