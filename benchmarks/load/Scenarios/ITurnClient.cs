using Xopc.Load.Measuring;

namespace Xopc.Load.Scenarios;

/// <summary>One client that asks and waits: through the gateway, or straight at the model with the same words.</summary>
internal interface ITurnClient : IDisposable
{
    /// <summary>Forgets what was said and goes on under a new name.</summary>
    void NewConversation(string name);

    /// <param name="delays">Takes, per token with a stamp, how long it was on its way.</param>
    ValueTask<TurnAnswer> AskAsync(string message, Samples? delays, CancellationToken cancellationToken);
}

/// <summary>What came back.</summary>
/// <param name="Reply">Without stamps; null when there was no answer.</param>
/// <param name="FirstToken">Timestamp of the first text; 0 without streaming.</param>
internal readonly record struct TurnAnswer(string? Reply, long FirstToken);
