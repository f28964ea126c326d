using System.Collections.Immutable;
using System.Text;

namespace Xopc.Configuration;

public sealed record GatewayConfig
{
    /// <summary><c>loopback</c>, <c>lan</c>, <c>auto</c>, <c>tailnet</c>, <c>custom</c>. The older key <c>host</c> is translated into this one.</summary>
    public string Bind { get; init; } = "loopback";

    /// <summary>IPv4 address to listen on when <see cref="Bind"/> is <c>custom</c>.</summary>
    public string? CustomBindHost { get; init; }

    public int Port { get; init; } = 18790;

    public AuthConfig Auth { get; init; } = new();

    /// <summary>Origins a browser may call from, lower case without a trailing slash; <c>*</c> for any.</summary>
    public ImmutableArray<string> CorsOrigins { get; init; } = [];

    public int MaxSseConnections { get; init; } = 100;

    /// <summary>Streams one API key may have open at an edge; the main credential may have <see cref="MaxSseConnections"/>.</summary>
    public int MaxStreamsPerKey { get; init; } = 20;

    public RateLimitConfig RateLimit { get; init; } = new();

    /// <summary>Addresses or CIDR networks whose forwarded headers are believed.</summary>
    public ImmutableArray<string> TrustedProxies { get; init; } = [];

    public bool AllowRealIpFallback { get; init; }

    public bool DangerouslyAllowHostHeaderOriginFallback { get; init; }

    public GatewaySecurityConfig Security { get; init; } = new();

    /// <summary>Whether it may listen where others reach it although <see cref="AuthConfig.Mode"/> is <c>none</c>.</summary>
    public bool AllowUnauthenticatedNetwork { get; init; }

    /// <summary>Null: plain HTTP.</summary>
    public TlsConfig? Tls { get; init; }

    /// <summary><c>auto</c>, <c>off</c> or <c>explicit</c>: which channels connect only after the gateway listens.</summary>
    public string ChannelConnectDeferMode { get; init; } = "auto";

    public ImmutableArray<string> ChannelConnectDeferIds { get; init; } = [];

    public ImmutableArray<string> ChannelConnectDeferSkipIds { get; init; } = [];

    public HeartbeatConfig Heartbeat { get; init; } = new();
}

public sealed record GatewaySecurityConfig
{
    /// <summary>Refuse to start where the audit would only warn.</summary>
    public bool Strict { get; init; }
}

/// <summary>How callers prove who they are. Its text form never shows the credentials.</summary>
public sealed record AuthConfig
{
    /// <summary><c>token</c>, <c>password</c> or <c>none</c>.</summary>
    public string Mode { get; init; } = "token";

    /// <summary>Null in token mode: one is generated.</summary>
    public string? Token { get; init; }

    public string? Password { get; init; }

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
    public bool Enabled { get; init; } = true;

    /// <summary>Failures within the window that block the caller.</summary>
    public int MaxAttempts { get; init; } = 5;

    /// <summary>Counted from the first failure.</summary>
    public int WindowMs { get; init; } = 900_000;

    public int BlockDurationMs { get; init; } = 300_000;

    /// <summary>Whether callers from this machine (without an Origin header) are never blocked.</summary>
    public bool ExemptLoopback { get; init; } = true;

    /// <summary>Whether the file says anything about the limiter; the strict mode asks for it.</summary>
    public bool IsExplicit { get; init; }
}

/// <summary>The periodic self-check turn.</summary>
public sealed record HeartbeatConfig
{
    public bool Enabled { get; init; } = true;

    public int IntervalMs { get; init; } = 1_800_000;

    /// <summary>Channel that gets what the heartbeat has to say; nothing is delivered without it and <see cref="TargetChatId"/>.</summary>
    public string? Target { get; init; }

    public string? TargetChatId { get; init; }

    public string? Prompt { get; init; }

    /// <summary>An answer with HEARTBEAT_OK and at most so many characters beside it is not delivered.</summary>
    public int AckMaxChars { get; init; } = 300;

    public bool IsolatedSession { get; init; }

    /// <summary>Null: at any hour.</summary>
    public ActiveHoursConfig? ActiveHours { get; init; }

    public bool IncludeSystemPromptSection { get; init; }
}

/// <summary>A daily window; it may cross midnight.</summary>
/// <param name="Timezone">IANA name, or <c>local</c>.</param>
public sealed record ActiveHoursConfig(TimeOnly Start, TimeOnly End, string Timezone = "local");
