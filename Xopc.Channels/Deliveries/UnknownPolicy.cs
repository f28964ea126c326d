namespace Xopc.Channels.Deliveries;

/// <summary>What happens to a message that was handed to the platform and whose outcome nobody knows.</summary>
internal enum UnknownPolicy
{
    /// <summary>Sent again, with a visible mark that it may be there twice.</summary>
    Labelled,

    /// <summary>Kept for the operator, in state <c>unknown</c>.</summary>
    Hold,
}
