using System.Text.Json;
using Xopc.Contracts;

namespace Xopc.Gateway.Keys;

/// <summary>A key that somebody wants, in canonical form.</summary>
public sealed record ApiKeyRequest(string Name, OperatorScope Scope, IReadOnlyList<string>? Agents, IReadOnlyList<string>? Sessions, DateTimeOffset? ExpiresAt)
{
    public const int MaxName = 64;

    /// <summary>Of agents, and of sessions.</summary>
    public const int MaxObjects = 64;

    /// <summary>
    /// What a principal may weigh as JSON: in base64 it travels in a header of 8 KiB (<see cref="ServiceDefaults.Trust.SignedPrincipal.MaxLength"/>)
    /// beside 100 characters of signature.
    /// </summary>
    public const int MaxPrincipalBytes = 6_000;

    private static readonly string[] ScopeNames = ["operator.read", "operator.write", "operator.admin"];

    /// <summary>Checks and normalises; the problem names the field. <paramref name="now"/> is what an expiry must lie behind.</summary>
    public static (ApiKeyRequest? Request, string? Problem) Read(
        string? name, IReadOnlyList<string?>? scopes, IReadOnlyList<string?>? agents, IReadOnlyList<string?>? sessions, DateTimeOffset? expiresAt, DateTimeOffset now)
    {
        if (name?.Trim() is not { Length: > 0 and <= MaxName } plain || plain.Any(char.IsControl))
        {
            return (null, $"name must have 1 to {MaxName} characters and no control characters.");
        }

        if (scopes is not { Count: > 0 and <= 8 } || Highest(scopes) is not { } scope)
        {
            return (null, "scopes must name one or more of operator.read, operator.write, operator.admin.");
        }

        var (cleanAgents, wrongAgents) = ReadAgents(agents);
        if (wrongAgents)
        {
            return (null, $"agents must be 1 to {MaxObjects} ids of agents; leave it out for all.");
        }

        var (cleanSessions, wrongSessions) = ReadSessions(sessions);
        if (wrongSessions)
        {
            return (null, $"sessions must be 1 to {MaxObjects} complete session keys; leave it out for all.");
        }

        if (expiresAt <= now)
        {
            return (null, "The expiry lies in the past.");
        }

        var request = new ApiKeyRequest(plain, scope, cleanAgents, cleanSessions, expiresAt?.ToUniversalTime());
        return request.Problem() is { } problem ? (null, problem) : (request, null);
    }

    /// <summary>The scope of this name, with or without <c>operator.</c>.</summary>
    public static OperatorScope? ScopeOf(string? name) => name switch
    {
        "operator.read" or "read" => OperatorScope.Read,
        "operator.write" or "write" => OperatorScope.Write,
        "operator.admin" or "admin" => OperatorScope.Admin,
        _ => null,
    };

    /// <summary>The scopes that a highest one includes, as on the wire.</summary>
    public static IReadOnlyList<string> NamesUpTo(OperatorScope scope) => ScopeNames[..(int)scope];

    /// <summary>
    /// The key that <paramref name="creator"/> may give away: what is not said is inherited, what is said must lie within the creator's own. Null request:
    /// it would reach further, and the problem says where.
    /// </summary>
    public (ApiKeyRequest? Request, string? Problem) Within(Principal creator)
    {
        var inherited = this with
        {
            Agents = Agents ?? creator.Agents,
            Sessions = Sessions ?? creator.Sessions,
            ExpiresAt = ExpiresAt ?? creator.ExpiresAt,
        };
        if (inherited.Scope > creator.Scope)
        {
            return (null, "A key cannot have a higher scope than the credential that creates it.");
        }

        if (creator.Agents is { } agents && !inherited.Agents!.All(agent => agents.Contains(agent, StringComparer.Ordinal)))
        {
            return (null, "A key cannot reach agents that the credential that creates it does not reach.");
        }

        if (creator.Sessions is { } sessions && !inherited.Sessions!.All(session => sessions.Contains(session, StringComparer.Ordinal)))
        {
            return (null, "A key cannot reach sessions that the credential that creates it does not reach.");
        }

        return inherited.ExpiresAt > creator.ExpiresAt
            ? (null, $"A key cannot outlive the credential that creates it, which ends at {creator.ExpiresAt:O}.")
            : inherited.Problem() is { } problem ? (null, problem) : (inherited, null);
    }

    private string? Problem()
    {
        if (Scope is OperatorScope.Admin && (Agents is not null || Sessions is not null))
        {
            return "A key that is limited to agents or sessions cannot have operator.admin, which concerns the whole installation.";
        }

        var principal = new Principal("key:" + new string('0', ApiKeyText.IdLength), Scope, Agents, Sessions, ExpiresAt);
        return JsonSerializer.SerializeToUtf8Bytes(principal, ContractsJson.Default.Principal).Length > MaxPrincipalBytes
            ? $"agents and sessions are together longer than {MaxPrincipalBytes} bytes, more than a request inside the installation can carry; name fewer, or use agents instead of sessions."
            : null;
    }

    private static OperatorScope? Highest(IReadOnlyList<string?> names)
    {
        OperatorScope? highest = null;
        foreach (var name in names)
        {
            if (ScopeOf(name) is not { } scope)
            {
                return null;
            }

            highest = highest > scope ? highest : scope;
        }

        return highest;
    }

    // The default key's agent segment is how an id is cleaned; one that changes by that is none.
    private static (IReadOnlyList<string>? Clean, bool Wrong) ReadAgents(IReadOnlyList<string?>? given) => Clean(given, static text =>
        text.ToLowerInvariant() is var id && SessionKey.Create(id, null, null, null, null) is { } key && key.AgentId == id && key.Source == "unknown" ? id : null);

    private static (IReadOnlyList<string>? Clean, bool Wrong) ReadSessions(IReadOnlyList<string?>? given) =>
        Clean(given, static text => SessionKey.TryParse(text, null, out var key) ? key.Value : null);

    private static (IReadOnlyList<string>? Clean, bool Wrong) Clean(IReadOnlyList<string?>? given, Func<string, string?> read)
    {
        if (given is null)
        {
            return (null, false);
        }

        var clean = given.Count is > 0 and <= MaxObjects ? given.Select(text => text?.Trim() is { Length: > 0 } plain ? read(plain) : null).ToList() : [null];
        return clean.Contains(null) ? (null, true) : ([.. clean.Distinct(StringComparer.Ordinal)!], false);
    }
}
