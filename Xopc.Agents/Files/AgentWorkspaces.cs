using Xopc.Configuration;

namespace Xopc.Agents.Files;

/// <summary>Where each agent works on the disk.</summary>
internal sealed class AgentWorkspaces(ConfigStore configuration, StatePaths paths)
{
    public string DefaultAgentId => configuration.Router.Agents.DefaultId;

    /// <summary>The enabled agent, or the default one for an id that is unknown or disabled.</summary>
    public AgentConfig Agent(string id) => configuration.Router.Agents.FindOrDefault(id);

    /// <summary>Absolute path of the agent's workspace.</summary>
    public string For(AgentConfig agent) => agent.Workspace is { Length: > 0 } own ? Path.GetFullPath(Expand(own)) : paths.WorkspaceDirectory;

    /// <summary>Every workspace of the configuration, each once.</summary>
    public IReadOnlyList<string> All()
    {
        var agents = configuration.Router.Agents;
        return [.. agents.Listed.Select(row => For(agents.Find(row.Id) ?? row)).Append(For(agents.Default)).Distinct(StringComparer.Ordinal)];
    }

    private static string Expand(string path) =>
        path.StartsWith("~/", StringComparison.Ordinal)
            ? Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), path[2..])
            : path;
}
