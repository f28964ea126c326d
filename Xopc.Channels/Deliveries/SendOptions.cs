namespace Xopc.Channels.Deliveries;

/// <summary>How a part is to be sent.</summary>
/// <param name="Labelled">Visibly marked as one that may be there twice.</param>
/// <param name="ReplyTo">The platform's id of the message it answers, or null.</param>
/// <param name="Delivery">What it is a part of.</param>
internal readonly record struct SendOptions(bool Labelled = false, string? ReplyTo = null, Delivery? Delivery = null);
