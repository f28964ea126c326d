using System.Collections.Frozen;
using System.Collections.Immutable;

namespace Xopc.Configuration.Routing;

/// <summary>The agents of one configuration, each laid over the defaults. Built once per configuration.</summary>
public sealed class AgentCatalog
{
    private readonly AgentConfig _defaults;
    private readonly FrozenDictionary<string, AgentConfig> _enabled;

    public AgentCatalog(AgentsConfig agents)
    {
        _defaults = agents.Defaults;
        Listed = [.. agents.List.Select(row => Overlay(agents.Defaults, row))];
        _enabled = Listed.Where(agent => agent.Enabled).ToFrozenDictionary(agent => agent.Id, StringComparer.OrdinalIgnoreCase);
        DefaultId = ChooseDefault(agents, _enabled);
        Default = Find(DefaultId) ?? agents.Defaults with { Id = DefaultId };
    }

    /// <summary>The agent for whatever no binding claims: <c>agents.default</c>, else the row with <c>default: true</c>, else the first enabled row, else <c>main</c>.</summary>
    public string DefaultId { get; }

    public AgentConfig Default { get; }

    /// <summary>All rows, disabled ones too, in the file's order. Empty: any id is an agent.</summary>
    public ImmutableArray<AgentConfig> Listed { get; }

    /// <summary>The enabled agent with this id (ignoring case), with its defaults; null when there is none.</summary>
    public AgentConfig? Find(string id) =>
        _enabled.TryGetValue(id, out var agent) ? agent : Listed.IsEmpty && Ids.IsId(id) ? _defaults with { Id = id.ToLowerInvariant() } : null;

    /// <summary>As <see cref="Find"/>; the default agent instead of one that is unknown, disabled or not named.</summary>
    public AgentConfig FindOrDefault(string? id) => (id is null ? null : Find(id)) ?? Default;

    private static string ChooseDefault(AgentsConfig agents, FrozenDictionary<string, AgentConfig> enabled) =>
        agents.Default is { } id && (agents.List.IsEmpty || enabled.ContainsKey(id))
            ? id.ToLowerInvariant()
            : (agents.List.FirstOrDefault(agent => agent is { Default: true, Enabled: true }) ?? agents.List.FirstOrDefault(agent => agent.Enabled))?.Id ?? "main";

    private static AgentConfig Overlay(AgentConfig defaults, AgentConfig row) => row with
    {
        Model = row.Model ?? defaults.Model,
        ImageModel = row.ImageModel ?? defaults.ImageModel,
        ImageGenerationModel = row.ImageGenerationModel ?? defaults.ImageGenerationModel,
        SystemPromptOverride = row.SystemPromptOverride ?? defaults.SystemPromptOverride,
        Workspace = row.Workspace ?? defaults.Workspace,
        MaxTokens = row.MaxTokens ?? defaults.MaxTokens,
        Temperature = row.Temperature ?? defaults.Temperature,
        MaxToolIterations = row.MaxToolIterations ?? defaults.MaxToolIterations,
        MaxRequestsPerTurn = row.MaxRequestsPerTurn ?? defaults.MaxRequestsPerTurn,
        MaxToolFailuresPerTurn = row.MaxToolFailuresPerTurn ?? defaults.MaxToolFailuresPerTurn,
        MaxTaskDurationMs = row.MaxTaskDurationMs ?? defaults.MaxTaskDurationMs,
        MediaMaxMb = row.MediaMaxMb ?? defaults.MediaMaxMb,
        ThinkingDefault = row.ThinkingDefault ?? defaults.ThinkingDefault,
        ReasoningDefault = row.ReasoningDefault ?? defaults.ReasoningDefault,
        VerboseDefault = row.VerboseDefault ?? defaults.VerboseDefault,
        Compaction = defaults.Compaction,
        Pruning = defaults.Pruning,
    };
}
