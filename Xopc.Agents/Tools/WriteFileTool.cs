using System.Text;
using System.Text.Json;

namespace Xopc.Agents.Tools;

internal sealed class WriteFileTool(Workspace workspace, TimeProvider clock)
    : AgentTool("write_file", "Write a text file of the workspace, replacing what it held. Creates missing folders.", Parameters, Schema, clock)
{
    private static readonly IReadOnlyList<ToolParameter> Parameters =
    [
        new("path", ToolParameterType.Text, "Path relative to the workspace.", Required: true),
        new("content", ToolParameterType.Text, "The whole text of the file.", Required: true, Max: Workspace.MaxFileBytes),
    ];

    private static readonly JsonElement Schema = ToolSchema.Create(Parameters);

    public override TimeSpan Timeout => TimeSpan.FromSeconds(60);

    public override bool IsRepeatable => false;

    protected override async Task<ToolResult> ActAsync(ToolArguments arguments, CancellationToken cancellationToken)
    {
        var (path, content) = (arguments.Text("path"), arguments.Text("content"));
        await workspace.WriteTextAsync(path, content, cancellationToken);
        return new ToolResult($"Wrote {Encoding.UTF8.GetByteCount(content)} bytes to {path}.");
    }
}
