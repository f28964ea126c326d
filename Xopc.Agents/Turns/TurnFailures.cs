using Xopc.Agents.Models;

namespace Xopc.Agents.Turns;

/// <summary>Names and words of <see cref="TurnFailure"/>.</summary>
internal static class TurnFailures
{
    public static TurnFailure Of(ModelFailureKind kind) => kind switch
    {
        ModelFailureKind.NotConfigured => TurnFailure.NotConfigured,
        ModelFailureKind.Unauthorized => TurnFailure.Unauthorized,
        ModelFailureKind.RateLimited => TurnFailure.RateLimited,
        ModelFailureKind.Overloaded => TurnFailure.Overloaded,
        ModelFailureKind.ContextTooLong => TurnFailure.ContextTooLong,
        ModelFailureKind.BadRequest => TurnFailure.BadRequest,
        ModelFailureKind.Network => TurnFailure.Network,
        ModelFailureKind.Timeout => TurnFailure.Timeout,
        ModelFailureKind.Malformed => TurnFailure.Malformed,
        ModelFailureKind.Empty => TurnFailure.Empty,
        _ => TurnFailure.Internal,
    };

    /// <summary>One sentence for whoever waits for the answer; says nothing of addresses, keys or the provider's words.</summary>
    public static string Sentence(this TurnFailure failure, bool partial) =>
        (partial ? "The answer ends here: " : "I could not answer: ") + failure.Cause();

    /// <summary>The same without its beginning.</summary>
    public static string Cause(this TurnFailure failure) =>
        failure switch
        {
            TurnFailure.Restarted => "the gateway was restarted in the middle of it.",
            TurnFailure.GivenUp => "several attempts were cut off.",
            TurnFailure.NotConfigured => "no model is configured.",
            TurnFailure.Unauthorized => "the model's provider refused the key.",
            TurnFailure.RateLimited => "the model's provider allows no more requests for now.",
            TurnFailure.Overloaded => "the model is overloaded; please try again in a moment.",
            TurnFailure.ContextTooLong => "this conversation has become too long for the model.",
            TurnFailure.BadRequest => "the model's provider refused the request.",
            TurnFailure.Network => "the model could not be reached.",
            TurnFailure.Timeout => "the model took too long.",
            TurnFailure.Malformed => "the model sent something that cannot be understood.",
            TurnFailure.Empty => "the model sent an empty answer.",
            _ => "something went wrong inside the gateway.",
        };
}
