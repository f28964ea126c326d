using Microsoft.Extensions.AI;

namespace Xopc.Agents.Models;

/// <summary>A model by name: <c>provider/model-id</c>, split at the first slash.</summary>
internal sealed record ModelRef(string Provider, string Model)
{
    public static bool TryParse(string? text, out ModelRef? reference)
    {
        var slash = text?.IndexOf('/') ?? -1;
        reference = slash > 0 && slash < text!.Length - 1 ? new ModelRef(text[..slash], text[(slash + 1)..]) : null;
        return reference is not null;
    }

    public override string ToString() => $"{Provider}/{Model}";
}

/// <summary>One model call of a turn (a turn with tools makes several).</summary>
/// <param name="Candidates">Tried in order: the primary, then its fallbacks. Never empty.</param>
/// <param name="Deadline">One total deadline over all candidates and retries.</param>
internal sealed record ModelRequest(
    IReadOnlyList<ModelRef> Candidates, IReadOnlyList<ChatMessage> Messages, IReadOnlyList<AITool> Tools, string Thinking, int? MaxTokens, double? Temperature,
    DateTimeOffset Deadline);

/// <summary>What a model call streams.</summary>
internal abstract record ModelEvent
{
    internal sealed record Text(string Delta) : ModelEvent;

    internal sealed record Thinking(string Delta) : ModelEvent;

    /// <summary>A complete tool call; <paramref name="Id"/> is unique within the turn. <paramref name="ArgumentsJson"/> is a JSON object.</summary>
    internal sealed record ToolCall(string Id, string Name, string ArgumentsJson) : ModelEvent;

    internal sealed record Usage(long Input, long Output, long CacheRead, long CacheWrite) : ModelEvent;

    /// <summary>A candidate failed after it had shown something; everything shown by this call is void and starts again with <paramref name="Next"/>.</summary>
    internal sealed record Restarted(ModelRef Failed, ModelRef Next, string Reason) : ModelEvent;

    /// <summary>Always last of a call that worked. Stop reason: <c>stop</c>, <c>length</c>, <c>toolUse</c>.</summary>
    internal sealed record Completed(ModelRef Model, string StopReason) : ModelEvent;
}

/// <summary>Why a model call failed for good.</summary>
internal enum ModelFailureKind { NotConfigured, Unauthorized, RateLimited, Overloaded, ContextTooLong, BadRequest, Network, Timeout, Malformed, Empty }

/// <summary>Every candidate failed. The message is fit for the user: it names provider, model and cause, never a key.</summary>
internal sealed class ModelFailureException(ModelFailureKind kind, string message, Exception? inner = null) : Exception(message, inner)
{
    public ModelFailureKind Kind { get; } = kind;
}

/// <summary>Calls models: candidates, transient retries, idle time-out, one total deadline.</summary>
internal sealed class ModelRunner
{
    public IAsyncEnumerable<ModelEvent> StreamAsync(ModelRequest request, CancellationToken cancellationToken) => throw new NotImplementedException();

    /// <summary>Session override → agent → defaults → first available model; then fallbacks; unconfigured providers skipped; never empty (the offline model is last).</summary>
    public IReadOnlyList<ModelRef> Candidates(string? overrideRef, Configuration.AgentConfig? agent, Configuration.AgentConfig defaults) => throw new NotImplementedException();
}
