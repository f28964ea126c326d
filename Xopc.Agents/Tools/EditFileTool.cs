using System.Text.Json;

namespace Xopc.Agents.Tools;

internal sealed class EditFileTool(Workspace workspace, TimeProvider clock)
    : AgentTool("edit_file", "Replace one passage of a text file of the workspace. The passage must occur exactly once, to the letter.", Parameters, Schema, clock)
{
    private static readonly IReadOnlyList<ToolParameter> Parameters =
    [
        new("path", ToolParameterType.Text, "Path relative to the workspace.", Required: true),
        new("oldText", ToolParameterType.Text, "The passage to replace, with enough around it to be unique.", Required: true, Max: Workspace.MaxFileBytes),
        new("newText", ToolParameterType.Text, "What stands there afterwards.", Required: true, Max: Workspace.MaxFileBytes),
    ];

    private static readonly JsonElement Schema = ToolSchema.Create(Parameters);

    public override TimeSpan Timeout => TimeSpan.FromSeconds(60);

    public override bool IsRepeatable => false;

    protected override async Task<ToolResult> ActAsync(ToolArguments arguments, CancellationToken cancellationToken)
    {
        var (path, oldText, newText) = (arguments.Text("path"), arguments.Text("oldText"), arguments.Text("newText"));
        if (oldText.Length == 0)
        {
            throw new ToolException("oldText is empty.");
        }

        var text = await workspace.ReadTextAsync(path, cancellationToken);
        if (text.Contains("\r\n", StringComparison.Ordinal) && !oldText.Contains('\r'))
        {
            // Models write LF. In a file that ends its lines with CRLF the same lines are meant, and it keeps its line ends.
            (oldText, newText) = (ToCrLf(oldText), newText.Contains('\r') ? newText : ToCrLf(newText));
        }

        var at = text.IndexOf(oldText, StringComparison.Ordinal);
        if (at < 0)
        {
            throw new ToolException($"oldText does not occur in {path}; it must match to the letter.");
        }

        if (text.IndexOf(oldText, at + 1, StringComparison.Ordinal) >= 0)
        {
            throw new ToolException($"oldText occurs more than once in {path}; give more of the lines around it.");
        }

        await workspace.WriteTextAsync(path, string.Concat(text.AsSpan(0, at), newText, text.AsSpan(at + oldText.Length)), cancellationToken);
        return new ToolResult($"Edited {path}.");
    }

    private static string ToCrLf(string text) => text.Replace("\n", "\r\n", StringComparison.Ordinal);
}
