using System.Text;
using System.Text.Json;

namespace Xopc.Agents.Tools;

internal sealed class FindTool(Workspace workspace, TimeProvider clock)
    : AgentTool("find", "Find files of the workspace by name pattern, such as '*.md' or 'src/**/*.cs'.", Parameters, Schema, clock)
{
    private const int MaxResults = 1_000;

    private static readonly IReadOnlyList<ToolParameter> Parameters =
    [
        new("pattern", ToolParameterType.Text, "Name pattern with *, ?, ** and {a,b}.", Required: true, Max: 200),
        new("path", ToolParameterType.Text, "Folder to search, relative to the workspace."),
        new("limit", ToolParameterType.Count, "Most files to list, at most 1000.", Max: MaxResults),
    ];

    private static readonly JsonElement Schema = ToolSchema.Create(Parameters);

    protected override Task<ToolResult> ActAsync(ToolArguments arguments, CancellationToken cancellationToken)
    {
        var glob = new Glob(arguments.Text("pattern"));
        var start = workspace.Resolve(arguments.FindText("path"));
        if (!Directory.Exists(start))
        {
            throw new ToolException($"{workspace.Name(start)} is no folder.");
        }

        var limit = arguments.Count("limit", MaxResults);
        var visited = 0;
        var found = new List<string>();
        foreach (var file in WorkspaceFiles.Walk(start, () => visited++ < WorkspaceFiles.MaxVisited, cancellationToken))
        {
            if (found.Count <= limit && glob.IsMatch(Path.GetRelativePath(start, file.FullName).Replace('\\', '/')))
            {
                found.Add(workspace.Name(file.FullName));
            }

            if (found.Count > limit)
            {
                break;
            }
        }

        var text = new StringBuilder().AppendJoin('\n', found.Take(limit));
        text.Append(found.Count == 0 ? "(no file matches)" : found.Count > limit ? $"\n[the first {limit}; there are more]" : "");
        text.Append(visited > WorkspaceFiles.MaxVisited ? $"\n[gave up after {WorkspaceFiles.MaxVisited} entries]" : "");
        return Task.FromResult(new ToolResult(text.ToString()));
    }
}
