using System.Text;
using System.Text.Json;

namespace Xopc.Agents.Tools;

internal sealed class ListDirTool(Workspace workspace, TimeProvider clock)
    : AgentTool("list_dir", "List a folder of the workspace: folders end in '/', files show their size in bytes.", Parameters, Schema, clock)
{
    private const int MaxEntries = 1_000;

    private static readonly IReadOnlyList<ToolParameter> Parameters =
        [new("path", ToolParameterType.Text, "Path relative to the workspace; the workspace itself when left out.")];

    private static readonly JsonElement Schema = ToolSchema.Create(Parameters);
    private static readonly EnumerationOptions Plain = new() { AttributesToSkip = 0, IgnoreInaccessible = true };

    protected override Task<ToolResult> ActAsync(ToolArguments arguments, CancellationToken cancellationToken)
    {
        var path = arguments.FindText("path") ?? ".";
        var folder = new DirectoryInfo(workspace.Resolve(path));
        if (!folder.Exists)
        {
            throw new ToolException(File.Exists(folder.FullName) ? $"{path} is a file." : $"{path} does not exist.");
        }

        var entries = folder.EnumerateFileSystemInfos("*", Plain).Take(WorkspaceFiles.MaxVisited).OrderBy(entry => entry.Name, StringComparer.Ordinal).ToList();
        var text = new StringBuilder();
        foreach (var entry in entries.Take(MaxEntries))
        {
            cancellationToken.ThrowIfCancellationRequested();
            text.Append(entry switch
            {
                { LinkTarget: not null } => $"{entry.Name} (link)",
                FileInfo file => $"{file.Name} {file.Length}",
                _ => entry.Name + "/",
            }).Append('\n');
        }

        var note = entries.Count > MaxEntries ? $"[{MaxEntries} of {entries.Count} entries]" : entries.Count == 0 ? "(empty folder)" : "";
        return Task.FromResult(new ToolResult(text.Append(note).ToString().TrimEnd('\n')));
    }
}
