using Xopc.Contracts;

namespace Xopc.Configuration.Routing;

/// <summary>Where a message came from, in the platform's own ids.</summary>
/// <param name="PeerKind"><c>dm</c>, <c>direct</c>, <c>group</c>, <c>channel</c> or <c>thread</c>; absent means dm.</param>
/// <param name="MemberRoleIds">Roles of the sender; null for none.</param>
public sealed record RouteQuery(
    string Channel, string? AccountId, string? PeerKind, string? PeerId, string? ThreadId = null, string? GuildId = null, string? TeamId = null,
    IReadOnlyList<string>? MemberRoleIds = null);

/// <summary>Which agent takes a message, and in which session.</summary>
/// <param name="AccountId">Normalised.</param>
/// <param name="MatchedRule">Id of the binding, or <c>bindings[i]</c>; null for the default.</param>
/// <param name="MainSessionKey">The account's own session: <c>agent:channel:account:dm:main</c>.</param>
public sealed record Route(
    string AgentId, string AccountId, RouteMatch MatchedBy, string? MatchedRule, SessionKey SessionKey, SessionKey MainSessionKey, LastRoutePolicy LastRoutePolicy);

/// <summary>Why an agent was chosen.</summary>
public enum RouteMatch
{
    Default,
    Binding,
}

/// <summary>Whether "where did they write last" is kept with the main session or with the message's own.</summary>
public enum LastRoutePolicy
{
    Main,
    Session,
}
