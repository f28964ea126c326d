namespace Xopc.Agents.Sessions;

/// <summary>The state of one session key, without its messages.</summary>
internal record Session
{
    /// <summary>After so long without a word a session is idle.</summary>
    public static readonly TimeSpan IdleAfter = TimeSpan.FromHours(24);

    public required string Key { get; init; }

    public string? Name { get; init; }

    /// <summary><c>active</c>, <c>archived</c>, <c>pinned</c>; shown also <c>idle</c>, see <see cref="AsOf"/>.</summary>
    public required string Status { get; init; }

    /// <summary>Words its owner gave it, in the order they came.</summary>
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

    /// <summary>The session as it is to be shown now: an active one that has rested for <see cref="IdleAfter"/> is idle.</summary>
    public Session AsOf(DateTimeOffset now) => Status == "active" && UpdatedAt <= now - IdleAfter ? this with { Status = "idle" } : this;
}
