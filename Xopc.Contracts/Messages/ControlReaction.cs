namespace Xopc.Contracts.Messages;

/// <summary>
/// What a process does on a kind of control message. Registered in the container by whoever owns the matter; every process that hears control messages
/// calls it. Quick, and never throws.
/// </summary>
public sealed record ControlReaction(string Kind, Action<ControlMessage> React);
