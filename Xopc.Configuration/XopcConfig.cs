using System.Collections.Immutable;
using System.ComponentModel;
using System.ComponentModel.DataAnnotations;

namespace Xopc.Configuration;

/// <summary>The typed view of <c>xopc.json</c>: defaults filled in, <c>${VAR}</c> resolved, environment overrides applied. Immutable; a reload makes a new one.</summary>
public sealed record XopcConfig
{
    [Description("The edge: where it listens and who may call.")]
    public GatewayConfig Gateway { get; init; } = new();

    [Description("The agents.")]
    public AgentsConfig Agents { get; init; } = new();

    [Description("Rules from a message to an agent.")]
    [MaxLength(1_000)]
    public ImmutableArray<BindingConfig> Bindings { get; init; } = [];

    [Description("How conversations are kept apart and for how long.")]
    public SessionConfig Session { get; init; } = new();

    [Description("Calls of models.")]
    public ModelsConfig Models { get; init; } = new();

    [Description("Scheduled jobs.")]
    public CronConfig Cron { get; init; } = new();

    [Description("One object per channel id; each channel reads its own.")]
    public ChannelsConfig Channels { get; init; } = new();

    [Description("What may be ordered from outside.")]
    public CommandsConfig Commands { get; init; } = new();
}

public sealed record ModelsConfig
{
    /// <summary>Whether a running Ollama on localhost is looked for and offered.</summary>
    [Description("Look for a running Ollama on this machine and offer it.")]
    public bool DetectOllama { get; init; } = true;

    /// <summary>Idle time-out of one model call.</summary>
    [Description("How long a model call may be silent, in milliseconds.")]
    [Range(1_000, 3_600_000)]
    public int IdleTimeoutMs { get; init; } = 120_000;
}

public sealed record CommandsConfig
{
    /// <summary>Whether SIGUSR1 restarts the gateway.</summary>
    [Description("Whether SIGUSR1 and the chat command may restart the gateway.")]
    public bool Restart { get; init; } = true;
}

public sealed record CronConfig
{
    [Description("Whether scheduled jobs run.")]
    public bool Enabled { get; init; } = true;

    [Description("Jobs at work at a time.")]
    [Range(1, 1_000)]
    public int MaxConcurrentJobs { get; init; } = 5;

    /// <summary>IANA zone of jobs that name none.</summary>
    [Description("IANA zone of jobs that name none.")]
    [StringLength(64)]
    public string DefaultTimezone { get; init; } = "UTC";

    [Description("How long results are kept, in days.")]
    [Range(1, 3_650)]
    public int HistoryRetentionDays { get; init; } = 7;

    [Description("Whether jobs are counted in metrics.")]
    public bool EnableMetrics { get; init; } = true;
}
