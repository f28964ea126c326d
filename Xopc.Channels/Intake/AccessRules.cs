using System.Collections.Immutable;

namespace Xopc.Channels.Intake;

/// <summary>Who may write to an account, as configured. Compared by value.</summary>
internal sealed record AccessRules
{
    /// <summary><c>pairing</c>, <c>allowlist</c>, <c>open</c>, <c>disabled</c>.</summary>
    public string DmPolicy { get; init; } = "pairing";

    /// <summary><c>open</c>, <c>allowlist</c>, <c>disabled</c>.</summary>
    public string GroupPolicy { get; init; } = "open";

    /// <summary>Senders: the platform's ids, <c>*</c>. Normalised: trimmed, lower case.</summary>
    public ImmutableArray<string> AllowFrom { get; init; } = [];

    /// <summary>Senders in groups; empty: <see cref="AllowFrom"/>.</summary>
    public ImmutableArray<string> GroupAllowFrom { get; init; } = [];

    /// <summary>Whether a group message has to mention the account (or answer it).</summary>
    public bool RequireMention { get; init; } = true;

    /// <summary>Rules of single groups, by the platform's chat id.</summary>
    public ImmutableDictionary<string, PlaceRules> Groups { get; init; } = ImmutableDictionary<string, PlaceRules>.Empty;

    public bool Equals(AccessRules? other) =>
        other is not null && DmPolicy == other.DmPolicy && GroupPolicy == other.GroupPolicy && RequireMention == other.RequireMention
        && AllowFrom.SequenceEqual(other.AllowFrom) && GroupAllowFrom.SequenceEqual(other.GroupAllowFrom) && PlaceRules.Same(Groups, other.Groups);

    public override int GetHashCode() => HashCode.Combine(DmPolicy, GroupPolicy, RequireMention, AllowFrom.Length, GroupAllowFrom.Length, Groups.Count);
}

/// <summary>Rules of a group or of a topic in it; what is null is taken from the level above.</summary>
internal sealed record PlaceRules
{
    public bool Enabled { get; init; } = true;

    public bool? RequireMention { get; init; }

    public string? GroupPolicy { get; init; }

    /// <summary>Null: nobody is kept out here. Otherwise the sender must be in it, whatever the policy.</summary>
    public ImmutableArray<string>? AllowFrom { get; init; }

    /// <summary>Topics of a group, by the platform's thread id.</summary>
    public ImmutableDictionary<string, PlaceRules> Topics { get; init; } = ImmutableDictionary<string, PlaceRules>.Empty;

    public bool Equals(PlaceRules? other) =>
        other is not null && Enabled == other.Enabled && RequireMention == other.RequireMention && GroupPolicy == other.GroupPolicy
        && AllowFrom.HasValue == other.AllowFrom.HasValue && (AllowFrom ?? []).SequenceEqual(other.AllowFrom ?? []) && Same(Topics, other.Topics);

    public override int GetHashCode() => HashCode.Combine(Enabled, RequireMention, GroupPolicy, AllowFrom?.Length, Topics.Count);

    internal static bool Same(ImmutableDictionary<string, PlaceRules> one, ImmutableDictionary<string, PlaceRules> other) =>
        one.Count == other.Count && one.All(pair => other.TryGetValue(pair.Key, out var rules) && rules.Equals(pair.Value));
}
