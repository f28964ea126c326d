using Xopc.Agents.Turns;
using Xopc.Configuration;
using Xopc.Configuration.Routing;
using Xopc.Contracts;
using Xopc.ServiceDefaults.Http;

namespace Xopc.Agents.Sessions;

/// <summary>Finds the session that a request names. A name from the wire is a claim: it is checked before anything is loaded.</summary>
internal sealed class SessionNames(ConfigStore configuration, TimeProvider clock)
{
    private const string Web = "webchat";
    private static readonly string[] Reserved = ["cron", "heartbeat", "cli", "subagent"];

    public SessionKey Resolve(AgentRequest body, Principal principal)
    {
        var agent = body.AgentId is { Length: > 0 } named ? RequireAgent(named, principal) : null;
        var channel = body.Channel is { Length: > 0 } given ? given.Trim().ToLowerInvariant() : null;
        if (body.NewSession == true)
        {
            var peer = $"chat_{Guid.CreateVersion7(clock.GetUtcNow()):N}";
            return Allowed(SessionKey.Create(agent ?? configuration.Router.Agents.DefaultId, channel ?? Web, null, "direct", peer), principal);
        }

        var key = Parse(body.SessionName(), principal);
        if (key.IsComplete)
        {
            return Allowed(key.Session, principal);
        }

        // A name on a messaging channel is a person there: the turn runs in the session their messages are routed to.
        return Allowed(
            channel is null or Web or "cli"
                ? SessionKey.Create(agent ?? key.Session.AgentId, channel ?? Web, null, "direct", key.Name)
                : configuration.Router.Resolve(new RouteQuery(channel, null, "dm", key.Name)).SessionKey,
            principal);
    }

    /// <summary>The session that a complete key or a bare name means.</summary>
    public SessionKey Find(string? name, Principal principal) => Allowed(Parse(name, principal).Session, principal);

    /// <summary>A key of a route; unknown, foreign and malformed ones look the same.</summary>
    public static string FromRoute(string raw, Principal principal)
    {
        // Routing decodes once, except %2F, which it leaves: no key has a slash.
        return SessionKey.TryParse(raw, null, out var key) && principal.MayTouch(key) ? key.Value : throw NotFound();
    }

    public static ApiException NotFound() => new(ErrorCode.SessionNotFound, "Session not found");

    public string RequireAgent(string id, Principal principal) =>
        principal.IsRestricted && !principal.MayTouchAgent(id.Trim().ToLowerInvariant())
            ? throw new ApiException(ErrorCode.AgentNotFound, "Agent not found")
            : Reserved.Contains(id.Trim(), StringComparer.OrdinalIgnoreCase)
                ? throw new ApiException(ErrorCode.InvalidRequest, $"agentId: '{id.Trim()}' has a meaning of its own in session keys.")
            : configuration.Router.Agents.Find(id.Trim())?.Id
                ?? throw new ApiException(ErrorCode.InvalidRequest, $"agentId: there is no enabled agent '{id.Trim()[..Math.Min(64, id.Trim().Length)]}' in agents.list.");

    private (SessionKey Session, string Name, bool IsComplete) Parse(string? name, Principal principal)
    {
        if (!configuration.Router.TryResolveSession(name, out var key))
        {
            throw new ApiException(ErrorCode.InvalidRequest, "Invalid session key format: 1 to 256 letters, digits and . _ : @ - beginning with a letter or digit.");
        }

        var complete = SessionKey.TryParse(name, null, out _);
        if (complete)
        {
            Allowed(key, principal); // before anything that tells which agents exist
        }

        if (complete && configuration.Router.Agents.Find(key.AgentId) is null)
        {
            throw new ApiException(ErrorCode.InvalidRequest, $"There is no enabled agent '{key.AgentId}' in agents.list.");
        }

        return (key, string.IsNullOrEmpty(name) ? "default" : name, complete);
    }

    private static SessionKey Allowed(SessionKey key, Principal principal) => principal.MayTouch(key) ? key : throw NotFound();
}
