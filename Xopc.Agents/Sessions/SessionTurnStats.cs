namespace Xopc.Agents.Sessions;

/// <summary>Counts of a session.</summary>
internal sealed record SessionTurnStats(long MessageCount, long TokenCount, long TurnCount);
