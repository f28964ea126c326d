using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Text;

namespace Xopc.Contracts;

/// <summary>
/// The name of one conversation's memory: agent + source + account + peer (+ thread, + scope), for example
/// <c>main:telegram:default:dm:123</c>. Always canonical: lower case, every segment sanitised, at most <see cref="MaxLength"/> characters,
/// and <c>Parse(key.Value)</c> gives an equal key. Equality is that of <see cref="Value"/>.
/// </summary>
/// <remarks>
/// Grammar: <c>{agent}:{source}:{account}:{peerKind}:{peer}[:thread:{thread}][:scope:{scope}]</c>; special forms
/// <c>{agent}:acp:{uuid}</c>, <c>cron:{job}</c>, <c>heartbeat:main</c>, <c>heartbeat:isolated:{ms}</c>, <c>cli:direct</c>, <c>subagent:{parent}:…</c>.
/// What a segment becomes, see <see cref="SessionKeySegment"/>.
/// </remarks>
public sealed record SessionKey : IParsable<SessionKey>
{
    public const int MaxLength = 256;

    /// <summary>What a turn of <c>heartbeat</c> that shares one memory runs under.</summary>
    public static readonly SessionKey Heartbeat = Named("main", "heartbeat", "direct", "main", "heartbeat:main");

    /// <summary>The command line's own conversation.</summary>
    public static readonly SessionKey Cli = Named("main", "cli", "direct", "direct", "cli:direct");

    private SessionKey(string value) => Value = value;

    /// <summary>The canonical text.</summary>
    public string Value { get; }

    public string AgentId { get; private init; } = "main";

    /// <summary>Where the conversation happens: a channel id, or <c>webchat</c>, <c>cli</c>, <c>cron</c>, <c>heartbeat</c>, <c>acp</c>, <c>subagent</c>.</summary>
    public string Source { get; private init; } = "unknown";

    public string AccountId { get; private init; } = "default";

    public string PeerKind { get; private init; } = "direct";

    public string PeerId { get; private init; } = "unknown";

    public string? ThreadId { get; private init; }

    public string? ScopeId { get; private init; }

    /// <summary>
    /// Builds a key from raw parts; each is sanitised, an empty one takes its default. Never fails: a key that would be longer than
    /// <see cref="MaxLength"/> gets every segment but the agent shortened to a prefix and a hash, so that different parts stay different keys.
    /// </summary>
    public static SessionKey Create(
        string? agentId, string? source, string? accountId, string? peerKind, string? peerId, string? threadId = null, string? scopeId = null)
    {
        var key = Build(agentId, source, accountId, peerKind, peerId, threadId, scopeId, SessionKeySegment.MaxLength);
        if (key.Value.Length > MaxLength)
        {
            // 64 for the agent, 6 × 28, 4 colons and ":thread:" ":scope:" are 251.
            key = Build(agentId, source, accountId, peerKind, peerId, threadId, scopeId, SessionKeySegment.ShortLength);
        }

        // An agent called "subagent" would print like the special form: then it is the special form, here as in the parser.
        return key.AgentId == "subagent" ? Special(key.Value.Split(':')) ?? key : key;
    }

    /// <summary>The memory of one cron job.</summary>
    public static SessionKey Cron(string jobId)
    {
        var job = SessionKeySegment.Clean(jobId, "unknown", keepLeadingDashes: true);
        return Named("main", "cron", "direct", job, "cron:" + job);
    }

    /// <summary>The memory of one heartbeat turn that is to know nothing of the others.</summary>
    public static SessionKey IsolatedHeartbeat(DateTimeOffset at)
    {
        var ms = Math.Max(0, at.ToUnixTimeMilliseconds()).ToString(CultureInfo.InvariantCulture);
        return Named("main", "heartbeat", "isolated", ms, "heartbeat:isolated:" + ms);
    }

    public static SessionKey Parse(string s, IFormatProvider? provider) =>
        TryParse(s, provider, out var key) ? key : throw new FormatException("Not a session key.");

    /// <summary>Accepts a complete key in any letter case; empty parts are dropped; a bare peer id is not a key.</summary>
    public static bool TryParse([NotNullWhen(true)] string? s, IFormatProvider? provider, [MaybeNullWhen(false)] out SessionKey result)
    {
        result = null;
        if (string.IsNullOrEmpty(s) || s.Length > MaxLength)
        {
            return false;
        }

        var parts = s.ToLowerInvariant().Split(':', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        result = Special(parts) ?? Regular(parts);
        return result is not null;
    }

    public bool Equals(SessionKey? other) => other is not null && string.Equals(Value, other.Value, StringComparison.Ordinal);

    public override int GetHashCode() => StringComparer.Ordinal.GetHashCode(Value);

    public override string ToString() => Value;

    private static SessionKey Build(
        string? agentId, string? source, string? accountId, string? peerKind, string? peerId, string? threadId, string? scopeId, int length)
    {
        var agent = SessionKeySegment.Clean(agentId, "main", keepLeadingDashes: false);
        var src = SessionKeySegment.Clean(source, "unknown", keepLeadingDashes: false, length);
        var account = SessionKeySegment.Clean(accountId, "default", keepLeadingDashes: false, length);
        var kind = SessionKeySegment.Clean(peerKind, "unknown", keepLeadingDashes: false, length);
        var peer = SessionKeySegment.Clean(peerId, "unknown", keepLeadingDashes: true, length);
        var thread = threadId is null ? null : SessionKeySegment.Clean(threadId, "unknown", keepLeadingDashes: true, length);
        var scope = scopeId is null ? null : SessionKeySegment.Clean(scopeId, "default", keepLeadingDashes: true, length);

        var text = new StringBuilder(agent).Append(':').Append(src).Append(':').Append(account).Append(':').Append(kind).Append(':').Append(peer);
        if (thread is not null)
        {
            text.Append(":thread:").Append(thread);
        }

        if (scope is not null)
        {
            text.Append(":scope:").Append(scope);
        }

        return new SessionKey(text.ToString())
        {
            AgentId = agent, Source = src, AccountId = account, PeerKind = kind, PeerId = peer, ThreadId = thread, ScopeId = scope,
        };
    }

    private static SessionKey? Regular(string[] parts)
    {
        if (parts.Length < 5)
        {
            return null;
        }

        string? thread = null;
        string? scope = null;
        for (var i = 5; i + 1 < parts.Length; i++)
        {
            // A marker takes the next part as its value; anything else is skipped, so that markers of later versions do no harm.
            switch (parts[i])
            {
                case "thread":
                    thread = parts[++i];
                    break;
                case "scope":
                    scope = parts[++i];
                    break;
            }
        }

        return Create(parts[0], parts[1], parts[2], parts[3], parts[4], thread, scope);
    }

    private static SessionKey? Special(string[] parts) => parts switch
    {
        ["cron", var job] => Cron(job),
        ["heartbeat", "main"] => Heartbeat,
        ["heartbeat", "isolated", var at] when at.All(char.IsAsciiDigit) => Named("main", "heartbeat", "isolated", at, "heartbeat:isolated:" + at),
        ["cli", "direct"] => Cli,
        ["subagent", _, ..] => Subagent(parts),
        [var agent, "acp", var id] => Acp(agent, id),
        _ => null,
    };

    private static SessionKey Acp(string rawAgent, string rawId)
    {
        var agent = SessionKeySegment.Clean(rawAgent, "main", keepLeadingDashes: false);
        var id = SessionKeySegment.Clean(rawId, "unknown", keepLeadingDashes: false);
        return new SessionKey($"{agent}:acp:{id}") { AgentId = agent, Source = "acp", AccountId = "_", PeerId = id };
    }

    private static SessionKey? Subagent(string[] parts)
    {
        var clean = Array.ConvertAll(parts, part => SessionKeySegment.Clean(part, "unknown", keepLeadingDashes: true));
        var value = string.Join(':', clean);
        var parent = SessionKeySegment.Clean(clean[1], "main", keepLeadingDashes: false);
        return value.Length > MaxLength ? null : Named(parent, "subagent", "direct", clean[^1], value);
    }

    private static SessionKey Named(string agent, string source, string kind, string peer, string value) =>
        new(value) { AgentId = agent, Source = source, PeerKind = kind, PeerId = peer };
}
