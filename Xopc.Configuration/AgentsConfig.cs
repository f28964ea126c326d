using System.Collections.Immutable;
using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using System.Text.Json.Serialization;

namespace Xopc.Configuration;

public sealed record AgentsConfig
{
    /// <summary>Id of the agent that takes what no binding claims; see <see cref="Routing.AgentCatalog"/> for what follows when it is absent.</summary>
    [Description("Id of the agent for whatever no binding claims. Without it: the row with default true, else the first enabled row, else main.")]
    [StringLength(1024)]
    [RegularExpression(ConfigPatterns.Id)]
    public string? Default { get; init; }

    /// <summary>What an agent's own row does not say.</summary>
    [Description("What an agent's row does not say.")]
    public AgentConfig Defaults { get; init; } = AgentConfig.BuiltIn;

    /// <summary>Empty: any agent id is accepted and has the defaults.</summary>
    [Description("The agents. Empty: any agent id is accepted and has the defaults.")]
    [MaxLength(500)]
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
    [Description("Name of the agent in session keys; case is ignored.")]
    [StringLength(1024)]
    [RegularExpression(ConfigPatterns.Id)]
    [Required]
    [InRowsOnly]
    public string Id { get; init; } = "main";

    [Description("What people call it.")]
    [StringLength(200)]
    [InRowsOnly]
    public string? Name { get; init; }

    [Description("What it is for.")]
    [StringLength(4_000)]
    [InRowsOnly]
    public string? Description { get; init; }

    [Description("Whether it answers; the default agent answers in place of a disabled one.")]
    [InRowsOnly]
    public bool Enabled { get; init; } = true;

    /// <summary>Whether this row is the default agent when <see cref="AgentsConfig.Default"/> names none.</summary>
    [Description("Whether this is the default agent when agents.default names none.")]
    [InRowsOnly]
    public bool Default { get; init; }

    /// <summary>Primary model reference and its fallbacks; null: resolved at run time.</summary>
    [Description("Model and what to try when it fails: provider/model, or primary and fallbacks.")]
    public ModelChoice? Model { get; init; }

    [Description("Model that looks at images.")]
    public ModelChoice? ImageModel { get; init; }

    [Description("Model that makes images.")]
    public ModelChoice? ImageGenerationModel { get; init; }

    [Description("Replaces the built-in system prompt.")]
    [StringLength(256 * 1024)]
    public string? SystemPromptOverride { get; init; }

    /// <summary>Absolute when it began with <c>~</c>; null: <see cref="StatePaths.WorkspaceDirectory"/>.</summary>
    [Description("Directory of the agent's files; ~ is the home directory.")]
    [StringLength(4096)]
    public string? Workspace { get; init; }

    [Description("Longest answer of one model call, in tokens.")]
    [Range(1, 10_000_000)]
    public int? MaxTokens { get; init; }

    [Description("Sampling temperature.")]
    [Range(0.0, 2.0)]
    public double? Temperature { get; init; }

    [Description("Rounds of tools in one turn.")]
    [Range(1, 1_000)]
    public int? MaxToolIterations { get; init; }

    [Description("Model calls in one turn.")]
    [Range(10, 200)]
    public int? MaxRequestsPerTurn { get; init; }

    [Description("Failures of tools after which a turn ends.")]
    [Range(1, 20)]
    public int? MaxToolFailuresPerTurn { get; init; }

    [Description("Longest turn, in milliseconds.")]
    [Range(60_000, 14_400_000)]
    public int? MaxTaskDurationMs { get; init; }

    [Description("Largest medium an agent takes, in megabytes.")]
    [Range(0.001, 10_000.0)]
    public double? MediaMaxMb { get; init; }

    /// <summary><c>off</c>, <c>minimal</c>, <c>low</c>, <c>medium</c>, <c>high</c>, <c>xhigh</c>, <c>adaptive</c>.</summary>
    [Description("How much a model thinks before it answers.")]
    [AllowedValues("off", "minimal", "low", "medium", "high", "xhigh", "adaptive")]
    public string? ThinkingDefault { get; init; }

    /// <summary><c>off</c>, <c>on</c>, <c>stream</c>.</summary>
    [Description("Whether the thinking is shown.")]
    [AllowedValues("off", "on", "stream")]
    public string? ReasoningDefault { get; init; }

    /// <summary><c>off</c>, <c>on</c>, <c>full</c>.</summary>
    [Description("How much is told of tools at work.")]
    [AllowedValues("off", "on", "full")]
    public string? VerboseDefault { get; init; }

    /// <summary>Names of the skills this agent may use; null: all.</summary>
    [Description("Names of the skills this agent may use; absent: all.")]
    [MaxLength(500)]
    [InRowsOnly]
    public ImmutableArray<string>? Skills { get; init; }

    [Description("Which tools this agent has.")]
    [InRowsOnly]
    public AgentToolsConfig Tools { get; init; } = new();

    /// <summary>Only in the defaults.</summary>
    [Description("When and how an old transcript is summarised.")]
    [InDefaultsOnly]
    public CompactionConfig Compaction { get; init; } = new();

    /// <summary>Only in the defaults.</summary>
    [Description("How tool results are shortened in old messages.")]
    [InDefaultsOnly]
    public PruningConfig Pruning { get; init; } = new();
}

/// <summary>Which tools an agent has.</summary>
public sealed record AgentToolsConfig
{
    [Description("Names of tools this agent does not get.")]
    [MaxLength(500)]
    public ImmutableArray<string> Disable { get; init; } = [];
}

/// <summary>A model and what to try when it fails; references are <c>provider/model</c>.</summary>
[JsonConverter(typeof(ModelChoiceJson))]
public sealed record ModelChoice(string Primary, ImmutableArray<string> Fallbacks);

/// <summary>When and how an old transcript is summarised.</summary>
public sealed record CompactionConfig
{
    [Description("Whether old transcripts are summarised.")]
    public bool Enabled { get; init; } = true;

    /// <summary><c>default</c> or <c>safeguard</c>.</summary>
    [Description("default summarises in one piece, safeguard piece by piece.")]
    [AllowedValues("default", "safeguard")]
    public string Mode { get; init; } = "default";

    [Description("Tokens kept free for the answer.")]
    [Range(0, 10_000_000)]
    public int ReserveTokens { get; init; } = 8000;

    /// <summary>Share of the context window.</summary>
    [Description("Share of the context window that starts it.")]
    [Range(0.5, 0.95)]
    public double TriggerThreshold { get; init; } = 0.8;

    [Description("Shorter transcripts are left alone.")]
    [Range(1, 10_000)]
    public int MinMessagesBeforeCompact { get; init; } = 10;

    [Description("The latest messages stay word for word.")]
    [Range(1, 10_000)]
    public int KeepRecentMessages { get; init; } = 5;

    [Description("Share of the transcript summarised at a time.")]
    [Range(0.1, 0.5)]
    public double EvictionWindow { get; init; } = 0.2;

    [Description("Summaries that are kept.")]
    [Range(3, 20)]
    public int RetentionWindow { get; init; } = 6;
}

/// <summary>How long tool results are shortened in old messages.</summary>
public sealed record PruningConfig
{
    [Description("Whether old tool results are shortened.")]
    public bool Enabled { get; init; } = true;

    [Description("Longer results are shortened, in characters.")]
    [Range(100, 10_000_000)]
    public int MaxToolResultChars { get; init; } = 10_000;

    [Description("Share kept of the beginning; with the end at most 1.")]
    [Range(0.0, 1.0)]
    public double HeadKeepRatio { get; init; } = 0.3;

    [Description("Share kept of the end.")]
    [Range(0.0, 1.0)]
    public double TailKeepRatio { get; init; } = 0.3;
}
