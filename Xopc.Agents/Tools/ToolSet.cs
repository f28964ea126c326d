using Microsoft.Extensions.AI;
using Xopc.Configuration;

namespace Xopc.Agents.Tools;

/// <summary>The tools of one agent in one workspace.</summary>
internal sealed class ToolSet
{
    private readonly AgentTool[] _tools;

    internal ToolSet(AgentTool[] tools)
    {
        _tools = tools;
        ForModel = tools;
    }

    /// <summary>As a model request takes them.</summary>
    public IReadOnlyList<AITool> ForModel { get; }

    public AgentTool? Find(string name) => Array.Find(_tools, tool => tool.Name == name);

    /// <param name="agent">The agent's effective configuration.</param>
    /// <param name="workspace">Absolute path of its workspace; created when it is missing.</param>
    /// <param name="disabled">Names of tools it does not get (<c>tools.disable</c>).</param>
    public static ToolSet For(AgentConfig agent, string workspace, TimeProvider clock, IReadOnlyCollection<string>? disabled = null)
    {
        ArgumentNullException.ThrowIfNull(agent);
        Directory.CreateDirectory(workspace);
        var files = new Workspace(workspace);
        AgentTool[] all =
        [
            new ReadFileTool(files, clock), new ListDirTool(files, clock), new FindTool(files, clock), new GrepTool(files, clock),
            new WriteFileTool(files, clock), new EditFileTool(files, clock), new CurrentTimeTool(clock),
        ];
        return new ToolSet(disabled is { Count: > 0 } ? [.. all.Where(tool => !disabled.Contains(tool.Name, StringComparer.Ordinal))] : all);
    }
}
