using System.Text;
using Xopc.Agents.Transcripts;

namespace Xopc.Agents.Turns;

/// <summary>An assistant message while the model writes it.</summary>
/// <param name="start">Length of the run's text when the call began: where a restart of the call cuts.</param>
internal sealed class AnswerDraft(int start)
{
    public int Start => start;

    public StringBuilder Text { get; } = new();

    public StringBuilder Thinking { get; } = new();

    public List<TranscriptToolCall> Calls { get; } = [];

    /// <summary>What some models want back with their thinking when a tool's result follows; for this turn only.</summary>
    public string? ThinkingSignature { get; set; }

    public TranscriptUsage? Usage { get; set; }

    public string? Model { get; set; }

    public string? StopReason { get; set; }

    public TranscriptMessage ToMessage(DateTimeOffset now, string turnId) => new()
    {
        Role = "assistant",
        Content = Text.ToString(),
        Timestamp = now,
        Thinking = Thinking.Length == 0 ? null : Thinking.ToString(),
        ToolCalls = Calls.Count == 0 ? null : Calls,
        Usage = Usage,
        Model = Model,
        StopReason = Calls.Count > 0 ? "toolUse" : StopReason ?? "stop",
        TurnId = turnId,
    };
}
