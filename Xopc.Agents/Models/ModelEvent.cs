namespace Xopc.Agents.Models;

/// <summary>What a model call streams.</summary>
internal abstract record ModelEvent
{
    internal sealed record Text(string Delta) : ModelEvent;

    internal sealed record Thinking(string Delta) : ModelEvent;

    /// <summary>
    /// Closes the thinking streamed so far with the provider's signature. A model of Anthropic thinks on between tool calls only when it gets both back:
    /// a <c>TextReasoningContent</c> with the text and this as its <c>ProtectedData</c>. May be ignored; such a call then runs without thinking.
    /// </summary>
    internal sealed record ThinkingSignature(string Signature) : ModelEvent;

    /// <summary>A complete tool call; <paramref name="Id"/> is unique within the turn. <paramref name="ArgumentsJson"/> is a JSON object.</summary>
    internal sealed record ToolCall(string Id, string Name, string ArgumentsJson) : ModelEvent;

    internal sealed record Usage(long Input, long Output, long CacheRead, long CacheWrite) : ModelEvent;

    /// <summary>A candidate failed after it had shown something; everything shown by this call is void and starts again with <paramref name="Next"/>.</summary>
    internal sealed record Restarted(ModelRef Failed, ModelRef Next, string Reason) : ModelEvent;

    /// <summary>Always last of a call that worked. Stop reason: <c>stop</c>, <c>length</c>, <c>toolUse</c>.</summary>
    internal sealed record Completed(ModelRef Model, string StopReason) : ModelEvent;
}
