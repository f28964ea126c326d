using System.Collections.Frozen;
using System.Diagnostics.CodeAnalysis;
using Xopc.Contracts;

namespace Xopc.Configuration.Routing;

/// <summary>
/// (channel, account, peer) → agent and session, for one configuration. Compiled once, immutable, safe for any number of threads.
/// </summary>
public sealed class Router
{
    private const int MaxSessionName = 256;

    private readonly FrozenDictionary<string, CompiledBinding[]> _bindings;
    private readonly FrozenDictionary<string, string> _aliases;
    private readonly string _dmScope;

    public Router(XopcConfig config)
    {
        Agents = new AgentCatalog(config.Agents);
        _dmScope = config.Session.DmScope;
        _bindings = config.Bindings
            .Select((binding, index) => (binding, index))
            .Where(item => item.binding.Enabled)
            .OrderByDescending(item => item.binding.Priority) // stable: among equals the earlier in the file
            .Select(item => (Channel: item.binding.Match.Channel.Trim(), Compiled: new CompiledBinding(item.binding, item.index, Agents.FindOrDefault(item.binding.AgentId).Id)))
            .GroupBy(item => item.Channel, item => item.Compiled, StringComparer.OrdinalIgnoreCase)
            .ToFrozenDictionary(group => group.Key, group => group.ToArray(), StringComparer.OrdinalIgnoreCase);
        _aliases = config.Session.IdentityLinks
            .SelectMany(link => link.Value.Select(alias => (Alias: alias.Trim(), Canonical: link.Key)))
            .GroupBy(item => item.Alias, StringComparer.OrdinalIgnoreCase)
            .ToFrozenDictionary(group => group.Key, group => group.First().Canonical, StringComparer.OrdinalIgnoreCase);
    }

    public AgentCatalog Agents { get; }

    /// <summary>Never fails: what no binding claims goes to the default agent, and every id has a canonical form.</summary>
    public Route Resolve(RouteQuery query)
    {
        var account = SessionKeySegment.AccountId(query.AccountId);
        var binding = Match(query, account);
        var agent = binding?.AgentId ?? Agents.DefaultId;
        var main = SessionKey.Create(agent, query.Channel, account, "dm", "main");
        var key = CompiledBinding.IsDirect(query.PeerKind)
            ? DirectKey(agent, query, account)
            : SessionKey.Create(agent, query.Channel, account, query.PeerKind, query.PeerId, Thread(query));
        return new Route(
            agent, account, binding is null ? RouteMatch.Default : RouteMatch.Binding, binding?.Rule, key, main,
            key.Equals(main) ? LastRoutePolicy.Main : LastRoutePolicy.Session);
    }

    /// <summary>
    /// The session a client of the API names: a complete key is itself, anything else is a webchat conversation of the default agent,
    /// <c>{default}:webchat:default:direct:{name}</c>; absent means the name <c>default</c>.
    /// </summary>
    /// <returns>False when the text is not <c>^[a-zA-Z0-9][a-zA-Z0-9._:@\-]{0,255}$</c>: 400.</returns>
    public bool TryResolveSession(string? session, [NotNullWhen(true)] out SessionKey? key)
    {
        var name = string.IsNullOrEmpty(session) ? "default" : session;
        if (!IsSessionName(name))
        {
            key = null;
            return false;
        }

        key = SessionKey.TryParse(name, null, out var complete) ? complete : SessionKey.Create(Agents.DefaultId, "webchat", "default", "direct", name);
        return true;
    }

    private static bool IsSessionName(string name) =>
        name.Length <= MaxSessionName && char.IsAsciiLetterOrDigit(name[0]) && name.All(c => char.IsAsciiLetterOrDigit(c) || c is '.' or '_' or ':' or '@' or '-');

    private static string? Thread(RouteQuery query) => string.IsNullOrWhiteSpace(query.ThreadId) ? null : query.ThreadId;

    private CompiledBinding? Match(RouteQuery query, string account)
    {
        if (_bindings.TryGetValue(query.Channel.Trim(), out var bindings))
        {
            foreach (var binding in bindings)
            {
                if (binding.Matches(query, account))
                {
                    return binding;
                }
            }
        }

        return null;
    }

    private SessionKey DirectKey(string agent, RouteQuery query, string account)
    {
        var peer = Canonical(query);
        var thread = Thread(query);
        return _dmScope switch
        {
            "per-peer" => SessionKey.Create(agent, "default", "default", "dm", peer, thread),
            "per-channel-peer" => SessionKey.Create(agent, query.Channel, "default", "dm", peer, thread),
            "per-account-channel-peer" => SessionKey.Create(agent, query.Channel, account, "dm", peer, thread),
            _ => SessionKey.Create(agent, query.Channel, account, "dm", "main", thread),
        };
    }

    // "channel:peer" is the more exact alias and goes first.
    private string? Canonical(RouteQuery query)
    {
        if (_aliases.Count == 0 || query.PeerId?.Trim() is not { Length: > 0 } peer)
        {
            return query.PeerId;
        }

        return _aliases.TryGetValue($"{query.Channel.Trim()}:{peer}", out var exact) ? exact : _aliases.TryGetValue(peer, out var bare) ? bare : peer;
    }
}
