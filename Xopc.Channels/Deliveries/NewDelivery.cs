using Xopc.Contracts.Messages;

namespace Xopc.Channels.Deliveries;

/// <summary>A delivery to be accepted.</summary>
/// <param name="BodyHash">Of the request that asks for it, where the same id may come again with other words.</param>
internal sealed record NewDelivery(
    string Id, DeliveryTarget Target, string Text, string PrincipalId, long NotAfterMs, string? SessionKey = null, string? TurnId = null, string? ReplyTo = null,
    string? TraceParent = null, string? BodyHash = null)
{
    /// <summary>The unit of order; the target's own unless it has moved since.</summary>
    public string Key { get; init; } = Target.Key;

    /// <summary>Whether the session that is its target holds the words already.</summary>
    public bool InSession { get; init; }

    /// <summary>The occurrence of a job that caused it.</summary>
    public string? OccurrenceId { get; init; }
}
