namespace Xopc.Agents.Turns;

/// <summary>Bounds of one turn.</summary>
internal sealed record TurnLimits(int Requests, int ToolIterations, int MaxToolFailures);
