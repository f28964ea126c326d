namespace Xopc.Agents.Sessions;

/// <summary>Where the session's messages come from.</summary>
internal sealed record SessionRouting(string AgentId, string Source, string AccountId, string PeerKind, string PeerId, string? ThreadId);
