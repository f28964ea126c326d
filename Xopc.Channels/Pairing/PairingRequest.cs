namespace Xopc.Channels.Pairing;

/// <summary>A sender who wrote to an account that pairs, and waits for the operator.</summary>
/// <param name="Code">What the sender was shown: 8 characters.</param>
internal sealed record PairingRequest(string Channel, string AccountId, string SenderId, string Code, string? Name, long CreatedMs, long SeenMs, long ExpiresMs);
