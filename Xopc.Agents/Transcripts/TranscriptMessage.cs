using System.Text.Json.Serialization;

namespace Xopc.Agents.Transcripts;

/// <summary>One message of a transcript, in the shape it is stored and answered: <c>{"role":"assistant","content":"…","timestamp":"…"}</c>.</summary>
internal sealed record TranscriptMessage
{
    /// <summary><c>user</c>, <c>assistant</c>, <c>toolResult</c>, <c>system</c>.</summary>
    public required string Role { get; init; }

    public required string Content { get; init; }

    public required DateTimeOffset Timestamp { get; init; }

    public string? Thinking { get; init; }

    [JsonPropertyName("tool_calls")]
    public IReadOnlyList<TranscriptToolCall>? ToolCalls { get; init; }

    [JsonPropertyName("tool_call_id")]
    public string? ToolCallId { get; init; }

    /// <summary>Name of the tool, on results.</summary>
    public string? ToolName { get; init; }

    public bool? IsError { get; init; }

    public IReadOnlyList<TranscriptAttachment>? Attachments { get; init; }

    /// <summary><c>provider/model</c>, on assistant messages.</summary>
    public string? Model { get; init; }

    public TranscriptUsage? Usage { get; init; }

    /// <summary><c>stop</c>, <c>length</c>, <c>toolUse</c>, <c>error</c>, <c>aborted</c>, <c>interrupted</c>.</summary>
    public string? StopReason { get; init; }

    public string? ErrorMessage { get; init; }

    public string? TurnId { get; init; }

    /// <summary>Of a message that no turn wrote: the delivery that brought it.</summary>
    public string? DeliveryId { get; init; }

    /// <summary>Rough size for statistics and trimming: four characters a token.</summary>
    [JsonIgnore]
    public long EstimatedTokens => (Content.Length + (Thinking?.Length ?? 0) + (ToolCalls?.Sum(call => call.Arguments.Length) ?? 0) + 3) / 4;
}

/// <summary>A tool call of an assistant message. <paramref name="Arguments"/> is the JSON text of an object.</summary>
internal sealed record TranscriptToolCall(string Id, string Name, string Arguments);

/// <summary>An attachment by reference; the bytes lie in the workspace.</summary>
internal sealed record TranscriptAttachment(string Type, string MimeType, string Name, long Size, string WorkspaceRelativePath);

/// <summary>Tokens of one model call.</summary>
internal sealed record TranscriptUsage(long Input, long Output, long CacheRead, long CacheWrite)
{
    public long TotalTokens => Input + Output + CacheRead + CacheWrite;
}
