using Xopc.Agents.Runs;
using Xopc.Agents.Tools;
using Xopc.Agents.Transcripts;

namespace Xopc.Agents.Turns;

/// <summary>Runs the tool calls of one answer: side by side, results in the order of the calls.</summary>
internal static class ToolRound
{
    /// <summary>More calls than this at once are answered as refused: a model that asks for hundreds has gone wrong.</summary>
    private const int MaxCalls = 32;

    public static async Task<List<TranscriptMessage>> RunAsync(
        ToolSet tools, IReadOnlyList<TranscriptToolCall> calls, RunWriter writer, string turnId, TimeProvider clock, CancellationToken cancellationToken)
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
        var done = await Task.WhenAll(running);
        var results = new List<TranscriptMessage>(calls.Count);
        for (var i = 0; i < calls.Count; i++)
        {
            var result = done[i];
            writer.ToolEnd(calls[i].Id, calls[i].Name, result.IsError, result.Text);
            results.Add(new TranscriptMessage
            {
                Role = "toolResult", Content = result.Text, IsError = result.IsError, ToolCallId = calls[i].Id, ToolName = calls[i].Name,
                Timestamp = clock.GetUtcNow(), TurnId = turnId,
            });
        }

        return results;
    }

    private static async Task<ToolResult> RunOneAsync(ToolSet tools, TranscriptToolCall call, CancellationToken cancellationToken) =>
        tools.Find(call.Name) is { } tool
            ? await tool.RunAsync(call.Arguments, cancellationToken)
            : ToolResult.Error($"There is no tool '{call.Name}'.");
}
