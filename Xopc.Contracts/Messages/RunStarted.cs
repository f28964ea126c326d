namespace Xopc.Contracts.Messages;

/// <summary>
/// Data of the event <c>run.started</c>: an answer to somebody on a channel begins to be written. Whoever shows it while it grows reads the run's stream. Told
/// again when the run begins anew.
/// </summary>
/// <param name="ReplyTo">Where the answer goes.</param>
/// <param name="ReplyToMessageId">The platform's id of the message that asks.</param>
/// <param name="After">The delivery that was sent to the same place before and that channels may not have accepted yet; what begins now is not seen before it.</param>
public sealed record RunStarted(string SessionKey, string RunId, string TurnId, DeliveryTarget ReplyTo, string ReplyToMessageId, string? After = null)
{
    /// <summary>Name of the event.</summary>
    public const string Event = "run.started";
}
