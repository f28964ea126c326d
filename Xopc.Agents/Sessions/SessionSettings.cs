namespace Xopc.Agents.Sessions;

/// <summary>What a session overrides: null means the agent's own.</summary>
internal sealed record SessionSettings
{
    public string? ThinkingLevel { get; init; }

    public string? ReasoningLevel { get; init; }

    public string? Model { get; init; }
}
