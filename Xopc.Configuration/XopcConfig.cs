using System.Collections.Immutable;

namespace Xopc.Configuration;

/// <summary>The typed view of <c>xopc.json</c>: defaults filled in, <c>${VAR}</c> resolved, environment overrides applied. Immutable; a reload makes a new one.</summary>
public sealed record XopcConfig
{
    public GatewayConfig Gateway { get; init; } = new();

    public AgentsConfig Agents { get; init; } = new();

    public ImmutableArray<BindingConfig> Bindings { get; init; } = [];

    public SessionConfig Session { get; init; } = new();

    public ModelsConfig Models { get; init; } = new();

    public CommandsConfig Commands { get; init; } = new();
}

public sealed record GatewayConfig
{
    /// <summary><c>loopback</c>, <c>lan</c>, <c>auto</c>, <c>tailnet</c>, <c>custom</c>.</summary>
    public string Bind { get; init; } = "loopback";

    public string? CustomBindHost { get; init; }

    public int Port { get; init; } = 18790;

    public AuthConfig Auth { get; init; } = new();

    public ImmutableArray<string> CorsOrigins { get; init; } = [];

    public int MaxSseConnections { get; init; } = 100;
}

public sealed record AuthConfig
{
    /// <summary><c>token</c>, <c>password</c> or <c>none</c>.</summary>
    public string Mode { get; init; } = "token";

    public string? Token { get; init; }

    public string? Password { get; init; }
}

public sealed record AgentsConfig
{
    public string? Default { get; init; }

    public AgentConfig Defaults { get; init; } = new();

    public ImmutableArray<AgentConfig> List { get; init; } = [];
}

/// <summary>One configured agent, or the defaults of all.</summary>
public sealed record AgentConfig
{
    public string Id { get; init; } = "main";

    public string? Name { get; init; }

    public bool Enabled { get; init; } = true;

    /// <summary>Primary model reference and its fallbacks; null: resolved at run time.</summary>
    public ModelChoice? Model { get; init; }

    public string? SystemPromptOverride { get; init; }

    public string? Workspace { get; init; }

    public int? MaxTokens { get; init; }

    public double? Temperature { get; init; }

    public int? MaxToolIterations { get; init; }

    public int? MaxRequestsPerTurn { get; init; }

    public int? MaxTaskDurationMs { get; init; }

    public string? ThinkingDefault { get; init; }

    public string? ReasoningDefault { get; init; }
}

/// <summary>A model and what to try when it fails; references are <c>provider/model</c>.</summary>
public sealed record ModelChoice(string Primary, ImmutableArray<string> Fallbacks);

public sealed record SessionConfig
{
    /// <summary><c>main</c>, <c>per-peer</c>, <c>per-channel-peer</c>, <c>per-account-channel-peer</c>.</summary>
    public string DmScope { get; init; } = "main";

    public ImmutableDictionary<string, ImmutableArray<string>> IdentityLinks { get; init; } = ImmutableDictionary<string, ImmutableArray<string>>.Empty;

    /// <summary>Turns that may wait in one session before it answers 429.</summary>
    public int QueueCapacity { get; init; } = 100;
}

public sealed record ModelsConfig
{
    /// <summary>Whether a running Ollama on localhost is looked for and offered.</summary>
    public bool DetectOllama { get; init; } = true;

    /// <summary>Idle time-out of one model call.</summary>
    public int IdleTimeoutMs { get; init; } = 120_000;
}

public sealed record CommandsConfig
{
    /// <summary>Whether SIGUSR1 restarts the gateway.</summary>
    public bool Restart { get; init; } = true;
}

/// <summary>A rule from (channel, account, peer) to an agent.</summary>
public sealed record BindingConfig(string AgentId, BindingMatch Match, string? Id = null, int Priority = 100, bool Enabled = true);

public sealed record BindingMatch(
    string Channel, string? AccountId = null, string? PeerKind = null, string? PeerId = null, string? GuildId = null, string? TeamId = null,
    ImmutableArray<string> MemberRoleIds = default);
