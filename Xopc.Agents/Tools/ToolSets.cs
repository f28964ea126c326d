using System.Collections.Concurrent;
using Xopc.Configuration;

namespace Xopc.Agents.Tools;

/// <summary>Keeps the tool sets of the workspaces in use: making one resolves paths on disk, which a turn need not pay for.</summary>
internal sealed class ToolSets(TimeProvider clock)
{
    private const int MaxKept = 200;

    private readonly ConcurrentDictionary<(string Workspace, string Disabled), ToolSet> _kept = new();

    /// <param name="disabled">Names of tools the agent does not get.</param>
    public ToolSet For(AgentConfig agent, string workspace, IReadOnlyCollection<string>? disabled = null)
    {
        var key = (workspace, disabled is { Count: > 0 } ? string.Join(',', disabled.Order(StringComparer.Ordinal)) : "");
        if (_kept.TryGetValue(key, out var kept))
        {
            return kept;
        }

        if (_kept.Count >= MaxKept)
        {
            _kept.Clear();
        }

        return _kept[key] = ToolSet.For(agent, workspace, clock, disabled);
    }
}
