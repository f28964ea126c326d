using System.Collections.Immutable;

namespace Xopc.Configuration;

public sealed record SessionConfig
{
    /// <summary><c>main</c>, <c>per-peer</c>, <c>per-channel-peer</c>, <c>per-account-channel-peer</c>.</summary>
    public string DmScope { get; init; } = "main";

    /// <summary>Canonical name → its aliases, each <c>peer</c> or <c>channel:peer</c>. One alias belongs to one name.</summary>
    public ImmutableDictionary<string, ImmutableArray<string>> IdentityLinks { get; init; } = ImmutableDictionary<string, ImmutableArray<string>>.Empty;

    /// <summary>Turns that may wait in one session before it answers 429.</summary>
    public int QueueCapacity { get; init; } = 100;

    /// <summary>How a session gets its name: <c>model</c> asks the model that answered first, <c>first-line</c> takes the first line, <c>off</c> leaves it unnamed.</summary>
    public string AutoTitle { get; init; } = "model";

    public SessionStorageConfig Storage { get; init; } = new();
}

/// <summary>Retention of sessions; null: no bound of that kind.</summary>
public sealed record SessionStorageConfig
{
    public long? PruneAfterMs { get; init; }

    public int? MaxEntries { get; init; }
}

/// <summary>A rule from (channel, account, peer) to an agent. Higher priority first; among equals the earlier in the file.</summary>
public sealed record BindingConfig(string AgentId, BindingMatch Match, string? Id = null, int Priority = 100, bool Enabled = true);

/// <summary>What a binding asks of a message. Absent: anything.</summary>
/// <param name="Channel">Channel id, ignoring case; no wildcard.</param>
/// <param name="AccountId">Account id; <c>*</c> stands for any text.</param>
/// <param name="PeerKind"><c>dm</c> or <c>direct</c> (the same), <c>group</c>, <c>channel</c>, <c>thread</c>.</param>
/// <param name="PeerId">The platform's id, before identity links; <c>*</c> stands for any text.</param>
/// <param name="MemberRoleIds">At least one of them.</param>
public sealed record BindingMatch(
    string Channel, string? AccountId = null, string? PeerKind = null, string? PeerId = null, string? GuildId = null, string? TeamId = null,
    ImmutableArray<string> MemberRoleIds = default);
