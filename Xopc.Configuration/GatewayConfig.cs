using System.Collections.Immutable;
using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using System.Text;
using System.Text.Json.Serialization;

namespace Xopc.Configuration;

public sealed record GatewayConfig
{
    /// <summary><c>loopback</c>, <c>lan</c>, <c>auto</c>, <c>tailnet</c>, <c>custom</c>. The older key <c>host</c> is translated into this one.</summary>
    [Description("Where the gateway listens.")]
    [AllowedValues("loopback", "lan", "auto", "tailnet", "custom")]
    [OlderName("host")]
    public string Bind { get; init; } = "loopback";

    /// <summary>IPv4 address to listen on when <see cref="Bind"/> is <c>custom</c>.</summary>
    [Description("IPv4 address to listen on when bind is custom.")]
    [StringLength(1024)]
    public string? CustomBindHost { get; init; }

    [Description("Port to listen on.")]
    [Range(1, 65535)]
    public int Port { get; init; } = 18790;

    [Description("How callers prove who they are.")]
    public AuthConfig Auth { get; init; } = new();

    /// <summary>Origins a browser may call from, lower case without a trailing slash; <c>*</c> for any.</summary>
    [Description("Origins a browser may call from: scheme://host[:port], or * for any.")]
    [MaxLength(100)]
    public ImmutableArray<string> CorsOrigins { get; init; } = [];

    [Description("Event streams open at a time.")]
    [Range(1, 100_000)]
    public int MaxSseConnections { get; init; } = 100;

    /// <summary>Streams one API key may have open at an edge; the main credential may have <see cref="MaxSseConnections"/>.</summary>
    [Description("Streams that one API key may have open at an edge.")]
    [Range(1, 100_000)]
    public int MaxStreamsPerKey { get; init; } = 20;

    [Description("How many requests a caller may send.")]
    public RateLimitConfig RateLimit { get; init; } = new();

    /// <summary>Addresses or CIDR networks whose forwarded headers are believed.</summary>
    [Description("Addresses or networks whose forwarded headers are believed.")]
    [MaxLength(100)]
    public ImmutableArray<string> TrustedProxies { get; init; } = [];

    [Description("Whether a trusted proxy may name the client in X-Real-IP.")]
    public bool AllowRealIpFallback { get; init; }

    [Description("Whether an origin that equals the Host header is let in on any bind. Dangerous: a rebinding page has such an origin.")]
    public bool DangerouslyAllowHostHeaderOriginFallback { get; init; }

    [Description("Audit at start.")]
    public GatewaySecurityConfig Security { get; init; } = new();

    /// <summary>Whether it may listen where others reach it although <see cref="AuthConfig.Mode"/> is <c>none</c>.</summary>
    [Description("Whether a gateway without authentication may listen where other machines reach it.")]
    public bool AllowUnauthenticatedNetwork { get; init; }

    /// <summary>Null: plain HTTP.</summary>
    [Description("HTTPS on the public listener.")]
    public TlsConfig? Tls { get; init; }

    /// <summary><c>auto</c>, <c>off</c> or <c>explicit</c>: which channels connect only after the gateway listens.</summary>
    [Description("Which channels connect only after the gateway listens.")]
    [AllowedValues("auto", "off", "explicit")]
    public string ChannelConnectDeferMode { get; init; } = "auto";

    [Description("Channels that wait, when the mode is explicit.")]
    [MaxLength(24)]
    public ImmutableArray<string> ChannelConnectDeferIds { get; init; } = [];

    [Description("Channels that never wait.")]
    [MaxLength(24)]
    public ImmutableArray<string> ChannelConnectDeferSkipIds { get; init; } = [];

    [Description("The periodic self-check turn.")]
    public HeartbeatConfig Heartbeat { get; init; } = new();
}

public sealed record GatewaySecurityConfig
{
    /// <summary>Refuse to start with anything that the audit finds critical.</summary>
    [Description("Refuse to start with anything that the audit finds critical.")]
    public bool Strict { get; init; }
}

/// <summary>How callers prove who they are. Its text form never shows the credentials.</summary>
public sealed record AuthConfig
{
    /// <summary><c>token</c>, <c>password</c> or <c>none</c>.</summary>
    [Description("Kind of credential.")]
    [AllowedValues("token", "password", "none")]
    public string Mode { get; init; } = "token";

    /// <summary>Null in token mode: one is generated.</summary>
    [Description("Token of the gateway; absent in token mode: one is generated.")]
    [StringLength(4096)]
    public string? Token { get; init; }

    [Description("Password of the gateway, needed in password mode.")]
    [StringLength(4096)]
    public string? Password { get; init; }

    [Description("The limiter of failed authentications.")]
    public AuthRateLimitConfig RateLimit { get; init; } = new();

    private bool PrintMembers(StringBuilder text)
    {
        text.Append("Mode = ").Append(Mode).Append(", Token = ").Append(Token is null ? "unset" : "***")
            .Append(", Password = ").Append(Password is null ? "unset" : "***").Append(", RateLimit = ").Append(RateLimit);
        return true;
    }
}

/// <summary>The limiter of failed authentications.</summary>
public sealed record AuthRateLimitConfig
{
    [Description("Whether callers are blocked after failures.")]
    public bool Enabled { get; init; } = true;

    /// <summary>Failures within the window that block the caller.</summary>
    [Description("Failures within the window that block a caller.")]
    [Range(1, 1_000)]
    public int MaxAttempts { get; init; } = 5;

    /// <summary>Counted from the first failure.</summary>
    [Description("Length of the window, in milliseconds.")]
    [Range(1_000, 86_400_000)]
    public int WindowMs { get; init; } = 900_000;

    [Description("How long a caller is blocked, in milliseconds.")]
    [Range(1_000, 86_400_000)]
    [OlderName("lockoutMs")]
    public int BlockDurationMs { get; init; } = 300_000;

    /// <summary>Whether callers from this machine (without an Origin header) are never blocked.</summary>
    [Description("Whether callers from this machine are never blocked.")]
    public bool ExemptLoopback { get; init; } = true;

    /// <summary>Whether the file says anything about the limiter; the strict mode asks for it.</summary>
    [JsonIgnore]
    public bool IsExplicit { get; init; }
}

/// <summary>The periodic self-check turn.</summary>
public sealed record HeartbeatConfig
{
    [Description("Whether the heartbeat runs.")]
    public bool Enabled { get; init; } = true;

    [Description("Time between two heartbeats, in milliseconds.")]
    [Range(1_000, 604_800_000)]
    public int IntervalMs { get; init; } = 1_800_000;

    /// <summary>Channel that gets what the heartbeat has to say; nothing is delivered without it and <see cref="TargetChatId"/>.</summary>
    [Description("Channel that gets what the heartbeat has to say.")]
    [StringLength(64)]
    public string? Target { get; init; }

    [Description("Chat that gets it.")]
    [StringLength(256)]
    [NumberIsText]
    public string? TargetChatId { get; init; }

    [Description("What the agent is asked; absent: the built-in words.")]
    [StringLength(32 * 1024)]
    public string? Prompt { get; init; }

    /// <summary>An answer with HEARTBEAT_OK and at most so many characters beside it is not delivered.</summary>
    [Description("An all-clear with at most so many characters beside it is not delivered.")]
    [Range(0, 100_000)]
    public int AckMaxChars { get; init; } = 300;

    [Description("Whether each heartbeat has a session of its own.")]
    public bool IsolatedSession { get; init; }

    /// <summary>Null: at any hour.</summary>
    [Description("Hours of the day in which it runs; absent: any.")]
    public ActiveHoursConfig? ActiveHours { get; init; }

    [Description("Whether the system prompt tells of the heartbeat.")]
    public bool IncludeSystemPromptSection { get; init; }
}

/// <summary>A daily window; it may cross midnight.</summary>
/// <param name="Timezone">IANA name, or <c>local</c>.</param>
public sealed record ActiveHoursConfig(
    [property: Description("HH:MM."), JsonConverter(typeof(TimeOfDayJson)), RegularExpression(ConfigPatterns.TimeOfDay), Required] TimeOnly Start,
    [property: Description("HH:MM; before the start: the next day."), JsonConverter(typeof(TimeOfDayJson)), RegularExpression(ConfigPatterns.TimeOfDay), Required] TimeOnly End,
    [property: Description("IANA name, or local."), StringLength(64)] string Timezone = "local");
