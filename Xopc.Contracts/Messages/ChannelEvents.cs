namespace Xopc.Contracts.Messages;

/// <summary>Data of the event <c>delivery.updated</c>: a delivery took a step.</summary>
/// <param name="ChatId">The platform's id of the peer.</param>
/// <param name="State"><c>queued</c>, <c>sending</c>, <c>sent</c>, <c>unknown</c>, <c>failed</c>, <c>expired</c>.</param>
/// <param name="Reason">Why it waits or why it ended so.</param>
public sealed record DeliveryUpdated(string Id, string Channel, string AccountId, string ChatId, string State, string? TurnId, string? Reason);

/// <summary>Data of the event <c>channels.status</c>: an account's state changed.</summary>
/// <param name="State"><c>starting</c>, <c>connected</c>, <c>degraded</c>, <c>conflict</c>, <c>needs-login</c>, <c>paused</c>, <c>disabled</c>, <c>stopped</c>.</param>
public sealed record AccountChanged(string Channel, string AccountId, string State, string? Reason);

/// <summary>Data of the events <c>channels.pairing.requested</c>, <c>.refreshed</c>, <c>.approved</c>, <c>.revoked</c>, <c>.dismissed</c>.</summary>
public sealed record PairingChanged(string Channel, string AccountId, string SenderId);
