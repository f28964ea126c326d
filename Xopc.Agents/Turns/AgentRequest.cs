using System.Text.Json.Serialization;

namespace Xopc.Agents.Turns;

/// <summary>
/// Body of <c>POST /api/agent</c>. The session is named by the first of <c>sessionKey</c>, <c>chatId</c>, <c>session</c>; camelCase and snake_case are both
/// understood.
/// </summary>
internal sealed record AgentRequest
{
    public string? Message { get; init; }

    /// <summary>A bare name or a complete session key; <c>default</c> without one.</summary>
    public string? Session { get; init; }

    public string? SessionKey { get; init; }

    [JsonPropertyName("session_key")]
    public string? SessionKeySnake { get; init; }

    public string? ChatId { get; init; }

    [JsonPropertyName("chat_id")]
    public string? ChatIdSnake { get; init; }

    /// <summary>Source of the session when only its name is given; <c>webchat</c>.</summary>
    public string? Channel { get; init; }

    public string? AgentId { get; init; }

    /// <summary>Begins a session of its own.</summary>
    public bool? NewSession { get; init; }

    /// <summary>Thinking level of this turn.</summary>
    public string? Thinking { get; init; }

    /// <summary>Model reference of this turn.</summary>
    public string? Model { get; init; }

    public IReadOnlyList<AgentAttachment>? Attachments { get; init; }

    /// <summary>The session as the caller named it; an empty name is none.</summary>
    public string? SessionName() => FirstGiven(SessionKey, SessionKeySnake, ChatId, ChatIdSnake, Session);

    internal static string? FirstGiven(params ReadOnlySpan<string?> names)
    {
        foreach (var name in names)
        {
            if (!string.IsNullOrEmpty(name))
            {
                return name;
            }
        }

        return null;
    }
}

/// <summary>A file sent along. <paramref name="Data"/> is base64 or a data URL.</summary>
internal sealed record AgentAttachment(string? Type, string? MimeType, string? Data, string? Name);

/// <summary>Body of <c>POST /api/agent/resume</c> and <c>/abort</c>.</summary>
internal sealed record RunReference
{
    public string? RunId { get; init; }

    [JsonPropertyName("run_id")]
    public string? RunIdSnake { get; init; }
}

/// <summary>Body of <c>POST /api/agent/steer</c>.</summary>
internal sealed record SteerRequest
{
    public string? SessionKey { get; init; }

    [JsonPropertyName("session_key")]
    public string? SessionKeySnake { get; init; }

    public string? Session { get; init; }

    public string? Message { get; init; }

    public string? SessionName() => AgentRequest.FirstGiven(SessionKey, SessionKeySnake, Session);
}
