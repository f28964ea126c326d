namespace Xopc.Agents.Sessions;

/// <summary>The state of one session key, without its messages.</summary>
internal sealed record Session
{
    public required string Key { get; init; }

    public string? Name { get; init; }

    /// <summary><c>active</c>, <c>idle</c>, <c>archived</c>, <c>pinned</c>.</summary>
    public required string Status { get; init; }

    public IReadOnlyList<string> Tags { get; init; } = [];

    public required DateTimeOffset CreatedAt { get; init; }

    public required DateTimeOffset UpdatedAt { get; init; }

    public required DateTimeOffset LastAccessedAt { get; init; }

    public required long MessageCount { get; init; }

    public required long EstimatedTokens { get; init; }

    public required string SourceChannel { get; init; }

    /// <summary>The key's parts from the third on, joined by <c>:</c>, for example <c>default:direct:chat_1</c>.</summary>
    public required string SourceChatId { get; init; }

    public required SessionRouting Routing { get; init; }

    public required SessionTurnStats Stats { get; init; }
}

/// <summary>Where the session's messages come from.</summary>
internal sealed record SessionRouting(string AgentId, string Source, string AccountId, string PeerKind, string PeerId, string? ThreadId);

/// <summary>Counts of a session.</summary>
internal sealed record SessionTurnStats(long MessageCount, long TokenCount, long TurnCount);

/// <summary>What a session overrides: null means the agent's own.</summary>
internal sealed record SessionSettings
{
    public string? ThinkingLevel { get; init; }

    public string? ReasoningLevel { get; init; }

    public string? Model { get; init; }
}
