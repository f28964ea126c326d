using System.Collections.Immutable;
using Xopc.Contracts;

namespace Xopc.Configuration.Routing;

/// <summary>A binding with everything decided that does not depend on the message.</summary>
internal sealed class CompiledBinding
{
    private readonly Glob _account;
    private readonly Glob _peer;
    private readonly string? _kind;
    private readonly string? _guild;
    private readonly string? _team;
    private readonly ImmutableArray<string> _roles;

    public CompiledBinding(BindingConfig binding, int index, string agentId)
    {
        var match = binding.Match;
        AgentId = agentId;
        Rule = string.IsNullOrEmpty(binding.Id) ? $"bindings[{index}]" : binding.Id;
        // Without an asterisk it is an account id and takes the form account ids have; with one only the letter case is folded.
        _account = new Glob(match.AccountId is null || match.AccountId.Contains('*') ? match.AccountId ?? "" : SessionKeySegment.AccountId(match.AccountId));
        _peer = new Glob(match.PeerId ?? "");
        _kind = Kind(match.PeerKind);
        _guild = match.GuildId;
        _team = match.TeamId;
        _roles = match.MemberRoleIds.IsDefault ? [] : match.MemberRoleIds;
    }

    public string AgentId { get; }

    public string Rule { get; }

    public static bool IsDirect(string? kind) =>
        string.IsNullOrWhiteSpace(kind) || kind.Trim().Equals("dm", StringComparison.OrdinalIgnoreCase) || kind.Trim().Equals("direct", StringComparison.OrdinalIgnoreCase);

    public bool Matches(RouteQuery query, string accountId) =>
        _account.Matches(accountId)
        && (_kind is null || _kind.Equals(IsDirect(query.PeerKind) ? "dm" : query.PeerKind!.Trim(), StringComparison.OrdinalIgnoreCase))
        && _peer.Matches((query.PeerId ?? "").AsSpan().Trim())
        && (_guild is null || _guild.Equals(query.GuildId, StringComparison.OrdinalIgnoreCase))
        && (_team is null || _team.Equals(query.TeamId, StringComparison.OrdinalIgnoreCase))
        && HasRole(query.MemberRoleIds);

    private static string? Kind(string? kind) => string.IsNullOrWhiteSpace(kind) ? null : IsDirect(kind) ? "dm" : kind.Trim();

    private bool HasRole(IReadOnlyList<string>? roles)
    {
        if (_roles.IsEmpty)
        {
            return true;
        }

        for (var i = 0; i < (roles?.Count ?? 0); i++)
        {
            if (_roles.Contains(roles![i], StringComparer.Ordinal))
            {
                return true;
            }
        }

        return false;
    }
}
