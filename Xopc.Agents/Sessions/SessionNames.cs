using System.Text.RegularExpressions;
using Xopc.Agents.Turns;
using Xopc.Agents.Workspace;
using Xopc.Contracts;
using Xopc.ServiceDefaults.Http;

namespace Xopc.Agents.Sessions;

/// <summary>Finds the session that a request names. A name from the wire is a claim: it is checked before anything is loaded.</summary>
internal sealed partial class SessionNames(AgentWorkspaces agents, TimeProvider clock)
{
    public SessionKey Resolve(AgentRequest body, Principal principal)
    {
        var agent = body.AgentId is { } named ? RequireAgent(named) : agents.DefaultAgentId;
        if (body.NewSession == true)
        {
            return Allowed(SessionKey.Create(agent, body.Channel ?? "webchat", null, "direct", $"chat_{Guid.CreateVersion7(clock.GetUtcNow()):N}"), principal);
        }

        var name = body.SessionKey ?? body.SessionKeySnake ?? body.ChatId ?? body.ChatIdSnake ?? body.Session ?? "default";
        return Allowed(Parse(name, agent, body.Channel), principal);
    }

    /// <summary>A complete key is taken as it is, a bare name becomes a peer of the webchat source.</summary>
    public SessionKey Parse(string name, string agent, string? channel)
    {
        if (!NamePattern().IsMatch(name))
        {
            throw new ApiException(ErrorCode.InvalidRequest, "Invalid session key format: 1 to 256 letters, digits and . _ : @ - beginning with a letter or digit.");
        }

        if (!SessionKey.TryParse(name, null, out var key))
        {
            return SessionKey.Create(agent, channel ?? "webchat", null, "direct", name);
        }

        return agents.Exists(key.AgentId) ? key : throw new ApiException(ErrorCode.InvalidRequest, $"There is no enabled agent '{key.AgentId}' in agents.list.");
    }

    /// <summary>A key of a route, already percent-decoded once; unknown, foreign and malformed ones look the same.</summary>
    public static string FromRoute(string raw, Principal principal)
    {
        var text = raw.Contains('%', StringComparison.Ordinal) ? Uri.UnescapeDataString(raw) : raw;
        return SessionKey.TryParse(text, null, out var key) && principal.MayTouch(key)
            ? key.Value
            : throw NotFound();
    }

    public static ApiException NotFound() => new(ErrorCode.SessionNotFound, "Session not found");

    public string RequireAgent(string id)
    {
        var clean = id.Trim().ToLowerInvariant();
        return agents.Exists(clean) ? clean : throw new ApiException(ErrorCode.InvalidRequest, $"There is no enabled agent '{clean[..Math.Min(64, clean.Length)]}' in agents.list.");
    }

    private static SessionKey Allowed(SessionKey key, Principal principal) => principal.MayTouch(key) ? key : throw NotFound();

    [GeneratedRegex(@"^[a-zA-Z0-9][a-zA-Z0-9._:@\-]{0,255}\z", RegexOptions.CultureInvariant, matchTimeoutMilliseconds: 100)]
    private static partial Regex NamePattern();
}
