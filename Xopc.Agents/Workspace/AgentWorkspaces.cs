using Xopc.Configuration;

namespace Xopc.Agents.Workspace;

/// <summary>The configured agents as this service sees them, and where each works.</summary>
internal sealed class AgentWorkspaces(ConfigStore configuration, StatePaths paths)
{
    /// <summary><c>agents.default</c>, else the first enabled of the list, else <c>main</c>.</summary>
    public string DefaultAgentId
    {
        get
        {
            var agents = configuration.Current.Agents;
            return agents.Default ?? agents.List.FirstOrDefault(static agent => agent.Enabled)?.Id ?? "main";
        }
    }

    /// <summary>Without a list every id is accepted.</summary>
    public bool Exists(string id)
    {
        var list = configuration.Current.Agents.List;
        return list.IsEmpty || list.Any(agent => agent.Enabled && string.Equals(agent.Id, id, StringComparison.OrdinalIgnoreCase));
    }

    /// <summary>The agent's settings over the defaults; an unknown or disabled one falls back to the default agent's.</summary>
    public AgentConfig Agent(string id)
    {
        var agents = configuration.Current.Agents;
        var row = agents.List.FirstOrDefault(agent => agent.Enabled && string.Equals(agent.Id, id, StringComparison.OrdinalIgnoreCase))
            ?? agents.List.FirstOrDefault(agent => agent.Id == DefaultAgentId);
        return row is null
            ? agents.Defaults with { Id = id }
            : row with
            {
                Model = row.Model ?? agents.Defaults.Model,
                SystemPromptOverride = row.SystemPromptOverride ?? agents.Defaults.SystemPromptOverride,
                Workspace = row.Workspace ?? agents.Defaults.Workspace,
                MaxTokens = row.MaxTokens ?? agents.Defaults.MaxTokens,
                Temperature = row.Temperature ?? agents.Defaults.Temperature,
                MaxToolIterations = row.MaxToolIterations ?? agents.Defaults.MaxToolIterations,
                MaxRequestsPerTurn = row.MaxRequestsPerTurn ?? agents.Defaults.MaxRequestsPerTurn,
                MaxTaskDurationMs = row.MaxTaskDurationMs ?? agents.Defaults.MaxTaskDurationMs,
                ThinkingDefault = row.ThinkingDefault ?? agents.Defaults.ThinkingDefault,
                ReasoningDefault = row.ReasoningDefault ?? agents.Defaults.ReasoningDefault,
            };
    }

    /// <summary>Absolute path of the agent's workspace.</summary>
    public string For(AgentConfig agent) => agent.Workspace is { Length: > 0 } own ? Path.GetFullPath(Expand(own)) : paths.WorkspaceDirectory;

    private static string Expand(string path) =>
        path.StartsWith("~/", StringComparison.Ordinal)
            ? Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), path[2..])
            : path;
}
