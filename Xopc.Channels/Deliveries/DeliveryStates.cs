namespace Xopc.Channels.Deliveries;

/// <summary>The ladder of a delivery, as its row and the API spell it: queued → sending → one of the others.</summary>
internal static class DeliveryStates
{
    public const string Queued = "queued";

    /// <summary>At least one part was handed over; some are not yet known to be there.</summary>
    public const string Sending = "sending";

    /// <summary>Every part is there.</summary>
    public const string Sent = "sent";

    /// <summary>Nobody knows whether a part is there; held for the operator.</summary>
    public const string Unknown = "unknown";

    /// <summary>The platform refused it for good.</summary>
    public const string Failed = "failed";

    /// <summary>It was too old before it could be sent.</summary>
    public const string Expired = "expired";

    /// <summary>An operator ended a dead one for good.</summary>
    public const string Discarded = "discarded";

    public static readonly string[] All = [Queued, Sending, Sent, Unknown, Failed, Expired, Discarded];

    /// <summary>Whether an operator has something to decide: send it again, or end it.</summary>
    public static bool IsDead(string state) => state is Unknown or Failed or Expired;
}
