namespace Xopc.Agents.Models;

/// <summary>Every candidate failed. The message is fit for the user: it names provider, model and cause, never a key.</summary>
internal sealed class ModelFailureException(ModelFailureKind kind, string message, Exception? inner = null) : Exception(message, inner)
{
    public ModelFailureKind Kind { get; } = kind;
}
