using System.Diagnostics.CodeAnalysis;
using System.Text;

namespace Xopc.Contracts;

/// <summary>
/// The name of one conversation's memory: agent + source + account + peer (+ thread, + scope), for example
/// <c>main:telegram:default:dm:123</c>. Always canonical: lower case, every segment sanitised, at most <see cref="MaxLength"/> characters.
/// </summary>
/// <remarks>
/// Grammar: <c>{agent}:{source}:{account}:{peerKind}:{peer}[:thread:{thread}][:scope:{scope}]</c>; special forms
/// <c>{agent}:acp:{uuid}</c>, <c>cron:{job}</c>, <c>heartbeat:main</c>, <c>heartbeat:isolated:{ms}</c>, <c>cli:direct</c>, <c>subagent:…</c>.
/// </remarks>
public sealed record SessionKey : IParsable<SessionKey>
{
    public const int MaxLength = 256;
    private const int MaxSegmentLength = 64;

    private SessionKey(string value) => Value = value;

    /// <summary>The canonical text.</summary>
    public string Value { get; }

    public string AgentId { get; private init; } = "main";

    /// <summary>Where the conversation happens: a channel id, or <c>webchat</c>, <c>cli</c>, <c>cron</c>, <c>heartbeat</c>, <c>acp</c>.</summary>
    public string Source { get; private init; } = "unknown";

    public string AccountId { get; private init; } = "default";

    public string PeerKind { get; private init; } = "direct";

    public string PeerId { get; private init; } = "unknown";

    public string? ThreadId { get; private init; }

    public string? ScopeId { get; private init; }

    /// <summary>Builds a key from raw parts; each is sanitised, an empty one takes its default.</summary>
    public static SessionKey Create(
        string? agentId, string? source, string? accountId, string? peerKind, string? peerId, string? threadId = null, string? scopeId = null)
    {
        var agent = Segment(agentId, "main", keepLeadingDashes: false);
        var src = Segment(source, "unknown", keepLeadingDashes: false);
        var account = Segment(accountId, "default", keepLeadingDashes: false);
        var kind = Segment(peerKind, "unknown", keepLeadingDashes: false);
        var peer = Segment(peerId, "unknown", keepLeadingDashes: true);
        var thread = threadId is null ? null : Segment(threadId, "unknown", keepLeadingDashes: true);
        var scope = scopeId is null ? null : Segment(scopeId, "default", keepLeadingDashes: true);

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

    public override string ToString() => Value;

    private static SessionKey? Regular(string[] parts)
    {
        if (parts.Length < 5)
        {
            return null;
        }

        string? thread = null;
        string? scope = null;
        for (var i = 5; i + 1 < parts.Length; i += 2)
        {
            switch (parts[i])
            {
                case "thread":
                    thread = parts[i + 1];
                    break;
                case "scope":
                    scope = parts[i + 1];
                    break;
            }
        }

        return Create(parts[0], parts[1], parts[2], parts[3], parts[4], thread, scope);
    }

    private static SessionKey? Special(string[] parts) => parts switch
    {
        ["cron", var job] => Named("main", "cron", "direct", job, "cron:" + Segment(job, "unknown", keepLeadingDashes: true)),
        ["heartbeat", "main"] => Named("main", "heartbeat", "direct", "main", "heartbeat:main"),
        ["heartbeat", "isolated", var at] when at.All(char.IsAsciiDigit) => Named("main", "heartbeat", "isolated", at, "heartbeat:isolated:" + at),
        ["cli", "direct"] => Named("main", "cli", "direct", "direct", "cli:direct"),
        [var agent, "acp", var id] when Guid.TryParse(id, out _) =>
            Named(Segment(agent, "main", keepLeadingDashes: false), "acp", "direct", id, $"{Segment(agent, "main", keepLeadingDashes: false)}:acp:{id}") with { AccountId = "_" },
        ["subagent", ..] when parts.Length >= 3 =>
            Named("main", "subagent", "direct", parts[^1], string.Join(':', parts.Select(part => Segment(part, "unknown", keepLeadingDashes: true)))),
        _ => null,
    };

    private static SessionKey Named(string agent, string source, string kind, string peer, string value) =>
        new(value) { AgentId = agent, Source = source, PeerKind = kind, PeerId = peer };

    // Lower case; every run outside [a-z0-9_-] becomes one dash; dashes at the ends go (peer ids keep leading ones: Telegram groups are negative).
    private static string Segment(string? raw, string fallback, bool keepLeadingDashes)
    {
        if (string.IsNullOrWhiteSpace(raw))
        {
            return fallback;
        }

        var text = new StringBuilder(raw.Length);
        foreach (var c in raw.Trim())
        {
            var lower = char.ToLowerInvariant(c);
            if (lower is (>= 'a' and <= 'z') or (>= '0' and <= '9') or '_' or '-')
            {
                text.Append(lower);
            }
            else if (text.Length == 0 || text[^1] != '-')
            {
                text.Append('-');
            }

            if (text.Length == MaxSegmentLength)
            {
                break;
            }
        }

        var clean = keepLeadingDashes ? text.ToString().TrimEnd('-') : text.ToString().Trim('-');
        return clean.Length == 0 ? fallback : clean;
    }
}
