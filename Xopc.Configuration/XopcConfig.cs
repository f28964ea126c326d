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

    public CronConfig Cron { get; init; } = new();

    public ChannelsConfig Channels { get; init; } = new();

    public CommandsConfig Commands { get; init; } = new();
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

public sealed record CronConfig
{
    public bool Enabled { get; init; } = true;

    public int MaxConcurrentJobs { get; init; } = 5;

    /// <summary>IANA zone of jobs that name none.</summary>
    public string DefaultTimezone { get; init; } = "UTC";

    public int HistoryRetentionDays { get; init; } = 7;

    public bool EnableMetrics { get; init; } = true;
}
