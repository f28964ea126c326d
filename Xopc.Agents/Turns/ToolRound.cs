using Xopc.Agents.Runs;
using Xopc.Agents.Tools;
using Xopc.Agents.Transcripts;

namespace Xopc.Agents.Turns;

/// <summary>Runs the tool calls of one answer: side by side, results in the order of the calls.</summary>
internal static class ToolRound
{
    /// <summary>More calls than this at once are answered as refused: a model that asks for hundreds has gone wrong.</summary>
    private const int MaxCalls = 32;

    /// <summary>
    /// Adds the results to <paramref name="produced"/>. Where a call was cancelled or broke, those of the others are added all the same before it is thrown: they
    /// may have changed the world, and the transcript says so.
    /// </summary>
    public static async Task RunAsync(
        ToolSet tools, IReadOnlyList<TranscriptToolCall> calls, RunWriter writer, string turnId, List<TranscriptMessage> produced, TimeProvider clock,
        CancellationToken cancellationToken)
    {
        var running = new Task<ToolResult>[calls.Count];
        for (var i = 0; i < calls.Count; i++)
        {
            writer.ToolStart(calls[i].Id, calls[i].Name, calls[i].Arguments);
            running[i] = i < MaxCalls
                ? RunOneAsync(tools, calls[i], cancellationToken)
                : Task.FromResult(ToolResult.Error($"At most {MaxCalls} calls at once; make this one again."));
        }

        // All of them, also after a cancellation: no call outlives its run.
        var all = Task.WhenAll(running);
        await ((Task)all).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        for (var i = 0; i < calls.Count; i++)
        {
            if (!running[i].IsCompletedSuccessfully)
            {
                continue;
            }

            var result = await running[i];
            writer.ToolEnd(calls[i].Id, calls[i].Name, result.IsError, result.Text);
            produced.Add(new TranscriptMessage
            {
                Role = "toolResult", Content = result.Text, IsError = result.IsError, ToolCallId = calls[i].Id, ToolName = calls[i].Name,
                Timestamp = clock.GetUtcNow(), TurnId = turnId,
            });
        }

        await all;
    }

    private static async Task<ToolResult> RunOneAsync(ToolSet tools, TranscriptToolCall call, CancellationToken cancellationToken) =>
        tools.Find(call.Name) is { } tool
            ? await tool.RunAsync(call.Arguments, cancellationToken)
            : ToolResult.Error($"There is no tool '{call.Name}'.");
}
