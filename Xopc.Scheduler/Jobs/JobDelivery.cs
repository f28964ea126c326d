using Xopc.Contracts.Messages;

namespace Xopc.Scheduler.Jobs;

/// <summary>Where something is delivered.</summary>
/// <param name="Channel">At most 32 characters; <c>local</c> delivers nothing.</param>
/// <param name="To">The platform's own id of the peer, at most 100 characters.</param>
/// <param name="AccountId">Null: the account <c>default</c>.</param>
/// <param name="BestEffort">A delivery that does not arrive is no failure of the job.</param>
internal sealed record JobDelivery(DeliveryMode Mode, string? Channel = null, string? To = null, string? AccountId = null, bool BestEffort = false)
{
    public const string Nowhere = "local";

    public static readonly JobDelivery None = new(DeliveryMode.None);

    /// <summary>The place; null when none is named.</summary>
    public DeliveryTarget? Target =>
        Channel is null || To is null || Channel == Nowhere ? null : new DeliveryTarget(Channel, AccountId ?? "default", To.StartsWith('-') ? "group" : "dm", To);
}
