namespace Xopc.Agents.Models;

/// <summary>One call of one model failed. What to do next follows from the properties alone.</summary>
/// <param name="cause">Completes the sentence "openai/gpt-x …" for the user; holds no key and no text of the conversation.</param>
/// <param name="isTransient">Whether the same call may work when it is made again soon.</param>
/// <param name="retryAfter">How long the provider asks to be left alone.</param>
internal sealed class ModelCallException(
    ModelFailureKind kind, string cause, bool isTransient = false, TimeSpan? retryAfter = null, int? status = null, Exception? inner = null) : Exception(cause, inner)
{
    public ModelFailureKind Kind { get; } = kind;

    public bool IsTransient { get; } = isTransient;

    public TimeSpan? RetryAfter { get; } = retryAfter;

    /// <summary>HTTP status, when the provider answered at all.</summary>
    public int? Status { get; } = status;

    /// <summary>Whether the model should be left alone for a while.</summary>
    public bool WantsCooldown => Kind is ModelFailureKind.RateLimited || (Kind is ModelFailureKind.Overloaded && Status is 503 or 529);
}
