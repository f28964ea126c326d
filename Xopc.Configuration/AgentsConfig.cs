using System.Collections.Immutable;

namespace Xopc.Configuration;

public sealed record AgentsConfig
{
    /// <summary>Id of the agent that takes what no binding claims; see <see cref="Routing.AgentCatalog"/> for what follows when it is absent.</summary>
    public string? Default { get; init; }

    /// <summary>What an agent's own row does not say.</summary>
    public AgentConfig Defaults { get; init; } = AgentConfig.BuiltIn;

    /// <summary>Empty: any agent id is accepted and has the defaults.</summary>
    public ImmutableArray<AgentConfig> List { get; init; } = [];
}

/// <summary>One configured agent as written, or the defaults of all. Null: not said here. <see cref="Routing.AgentCatalog"/> lays one over the other.</summary>
public sealed record AgentConfig
{
    /// <summary>The product's own defaults, under whatever the file says.</summary>
    public static readonly AgentConfig BuiltIn = new()
    {
        MaxTokens = 8192, Temperature = 0.7, MaxToolIterations = 20, MaxRequestsPerTurn = 50, MaxToolFailuresPerTurn = 3,
        ThinkingDefault = "medium", ReasoningDefault = "off", VerboseDefault = "off",
    };

    /// <summary>Lower case; <c>^[a-z0-9][a-z0-9_-]{0,63}$</c>.</summary>
    public string Id { get; init; } = "main";

    public string? Name { get; init; }

    public string? Description { get; init; }

    public bool Enabled { get; init; } = true;

    /// <summary>Whether this row is the default agent when <see cref="AgentsConfig.Default"/> names none.</summary>
    public bool Default { get; init; }

    /// <summary>Primary model reference and its fallbacks; null: resolved at run time.</summary>
    public ModelChoice? Model { get; init; }

    public ModelChoice? ImageModel { get; init; }

    public ModelChoice? ImageGenerationModel { get; init; }

    public string? SystemPromptOverride { get; init; }

    /// <summary>Absolute when it began with <c>~</c>; null: <see cref="StatePaths.WorkspaceDirectory"/>.</summary>
    public string? Workspace { get; init; }

    public int? MaxTokens { get; init; }

    public double? Temperature { get; init; }

    public int? MaxToolIterations { get; init; }

    public int? MaxRequestsPerTurn { get; init; }

    public int? MaxToolFailuresPerTurn { get; init; }

    public int? MaxTaskDurationMs { get; init; }

    public double? MediaMaxMb { get; init; }

    /// <summary><c>off</c>, <c>minimal</c>, <c>low</c>, <c>medium</c>, <c>high</c>, <c>xhigh</c>, <c>adaptive</c>.</summary>
    public string? ThinkingDefault { get; init; }

    /// <summary><c>off</c>, <c>on</c>, <c>stream</c>.</summary>
    public string? ReasoningDefault { get; init; }

    /// <summary><c>off</c>, <c>on</c>, <c>full</c>.</summary>
    public string? VerboseDefault { get; init; }

    /// <summary>Names of the skills this agent may use; null: all.</summary>
    public ImmutableArray<string>? Skills { get; init; }

    /// <summary>Names of tools this agent does not get.</summary>
    public ImmutableArray<string> DisabledTools { get; init; } = [];

    /// <summary>Only in the defaults.</summary>
    public CompactionConfig Compaction { get; init; } = new();

    /// <summary>Only in the defaults.</summary>
    public PruningConfig Pruning { get; init; } = new();
}

/// <summary>A model and what to try when it fails; references are <c>provider/model</c>.</summary>
public sealed record ModelChoice(string Primary, ImmutableArray<string> Fallbacks);

/// <summary>When and how an old transcript is summarised.</summary>
public sealed record CompactionConfig
{
    public bool Enabled { get; init; } = true;

    /// <summary><c>default</c> or <c>safeguard</c>.</summary>
    public string Mode { get; init; } = "default";

    public int ReserveTokens { get; init; } = 8000;

    /// <summary>Share of the context window.</summary>
    public double TriggerThreshold { get; init; } = 0.8;

    public int MinMessagesBeforeCompact { get; init; } = 10;

    public int KeepRecentMessages { get; init; } = 5;

    public double EvictionWindow { get; init; } = 0.2;

    public int RetentionWindow { get; init; } = 6;
}

/// <summary>How long tool results are shortened in old messages.</summary>
public sealed record PruningConfig
{
    public bool Enabled { get; init; } = true;

    public int MaxToolResultChars { get; init; } = 10_000;

    public double HeadKeepRatio { get; init; } = 0.3;

    public double TailKeepRatio { get; init; } = 0.3;
}
