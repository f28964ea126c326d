using System.Collections.Immutable;

namespace Xopc.Configuration;

/// <summary>One group; what it does not say is the account's.</summary>
public sealed record TelegramGroupConfig
{
    public bool Enabled { get; init; } = true;

    public bool RequireMention { get; init; } = true;

    public string GroupPolicy { get; init; } = "open";

    /// <summary>Null: nobody is kept out here. Otherwise the sender must be in it, whatever the policy.</summary>
    public ImmutableArray<string>? AllowFrom { get; init; }

    /// <summary>For the agent, beside its own.</summary>
    public string? SystemPrompt { get; init; }

    /// <summary>Thread id → topic; what it does not say is the group's. Empty in a topic.</summary>
    public ImmutableSortedDictionary<string, TelegramGroupConfig> Topics { get; init; } = ImmutableSortedDictionary.Create<string, TelegramGroupConfig>(StringComparer.Ordinal);
}
