using System.Collections.Immutable;
using System.ComponentModel;
using System.ComponentModel.DataAnnotations;

namespace Xopc.Configuration;

public sealed record SessionConfig
{
    /// <summary><c>main</c>, <c>per-peer</c>, <c>per-channel-peer</c>, <c>per-account-channel-peer</c>.</summary>
    [Description("Which direct messages share a session.")]
    [AllowedValues("main", "per-peer", "per-channel-peer", "per-account-channel-peer")]
    public string DmScope { get; init; } = "main";

    /// <summary>Canonical name → its aliases, each <c>peer</c> or <c>channel:peer</c>. One alias belongs to one name.</summary>
    [Description("Name of a person → aliases, each peer or channel:peer.")]
    [MaxLength(10_000)]
    [ItemsAtMost(100)]
    public ImmutableDictionary<string, ImmutableArray<string>> IdentityLinks { get; init; } = ImmutableDictionary<string, ImmutableArray<string>>.Empty;

    /// <summary>Turns that may wait in one session before it answers 429.</summary>
    [Description("Turns that may wait in one session.")]
    [Range(1, 10_000)]
    public int QueueCapacity { get; init; } = 100;

    /// <summary>How a session gets its name: <c>model</c> asks the model that answered first, <c>first-line</c> takes the first line, <c>off</c> leaves it unnamed.</summary>
    [Description("How a session gets its name.")]
    [AllowedValues("model", "first-line", "off")]
    public string AutoTitle { get; init; } = "model";

    [Description("How long sessions are kept.")]
    public SessionStorageConfig Storage { get; init; } = new();
}

/// <summary>Retention of sessions; null: no bound of that kind.</summary>
public sealed record SessionStorageConfig
{
    [Description("Sessions unused for so long are removed, in milliseconds.")]
    [Range(60_000.0, 315_360_000_000.0)]
    public long? PruneAfterMs { get; init; }

    [Description("Most sessions kept.")]
    [Range(1, 10_000_000)]
    public int? MaxEntries { get; init; }
}

/// <summary>A rule from (channel, account, peer) to an agent. Higher priority first; among equals the earlier in the file.</summary>
public sealed record BindingConfig(
    [property: Description("Agent that takes the messages."), StringLength(1024), RegularExpression(ConfigPatterns.Id), Required] string AgentId,
    [property: Description("What a message must be like."), Required] BindingMatch Match,
    [property: Description("Name of the rule in logs."), StringLength(128)] string? Id = null,
    [property: Description("The higher one is asked first."), Range(-1_000_000, 1_000_000)] int Priority = 100,
    [property: Description("Whether the rule is asked.")] bool Enabled = true);

/// <summary>What a binding asks of a message. Absent: anything.</summary>
/// <param name="Channel">Channel id, ignoring case; no wildcard.</param>
/// <param name="AccountId">Account id; <c>*</c> stands for any text.</param>
/// <param name="PeerKind"><c>dm</c> or <c>direct</c> (the same), <c>group</c>, <c>channel</c>, <c>thread</c>.</param>
/// <param name="PeerId">The platform's id, before identity links; <c>*</c> stands for any text.</param>
public sealed record BindingMatch(
    [property: Description("Channel id; no wildcard."), StringLength(64), RegularExpression(ConfigPatterns.Id), Required] string Channel,
    [property: Description("Account id; * stands for any text."), StringLength(256), NumberIsText] string? AccountId = null,
    [property: Description("Kind of conversation; direct is dm."), AllowedValues("dm", "direct", "group", "channel", "thread")] string? PeerKind = null,
    [property: Description("The platform's id of the person or group; * stands for any text."), StringLength(256), NumberIsText] string? PeerId = null,
    [property: Description("Guild of the message."), StringLength(256), NumberIsText] string? GuildId = null,
    [property: Description("Team of the message."), StringLength(256), NumberIsText] string? TeamId = null)
{
    /// <summary>At least one of them; empty: anybody.</summary>
    [Description("At least one of these roles.")]
    [MaxLength(200)]
    public ImmutableArray<string> MemberRoleIds { get; init; } = [];
}
