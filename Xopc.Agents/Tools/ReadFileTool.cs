using System.Text;
using System.Text.Json;

namespace Xopc.Agents.Tools;

internal sealed class ReadFileTool(Workspace workspace, TimeProvider clock)
    : AgentTool("read_file", "Read a text file of the workspace. Shows at most 500 lines and 50 KB; read on with 'offset'.", Parameters, Schema, clock)
{
    private static readonly IReadOnlyList<ToolParameter> Parameters =
    [
        new("path", ToolParameterType.Text, "Path relative to the workspace.", Required: true),
        new("limit", ToolParameterType.Count, "Lines to show, at most 500.", Max: ToolResult.MaxLines),
        new("offset", ToolParameterType.Count, "First line to show, from 1."),
    ];

    private static readonly JsonElement Schema = ToolSchema.Create(Parameters);

    protected override async Task<ToolResult> ActAsync(ToolArguments arguments, CancellationToken cancellationToken)
    {
        var path = arguments.Text("path");
        var text = (await workspace.ReadTextAsync(path, cancellationToken)).TrimStart('\uFEFF');
        var first = arguments.Count("offset", 1);
        var limit = arguments.Count("limit", ToolResult.MaxLines);
        return new ToolResult(Show(text, first, limit));
    }

    private static string Show(string text, int first, int limit)
    {
        var shown = new StringBuilder();
        var total = 0;
        var last = 0;
        var bytes = 0;
        foreach (var line in text.AsSpan().EnumerateLines())
        {
            total++;
            var size = Encoding.UTF8.GetByteCount(line) + 1;
            var isFirst = total == first;
            // One byte of room for the note; a first line longer than everything is shown in part.
            if (total < first || last != Math.Max(0, total - 1) && !isFirst || total - first >= limit || (!isFirst && bytes + size > ToolResult.MaxBytes - 200))
            {
                continue;
            }

            last = total;
            bytes += size;
            shown.Append(size > ToolResult.MaxBytes - 200 ? line[..ToolResult.FittingLength(line.ToString(), ToolResult.MaxBytes - 200)] : line).Append('\n');
        }

        // A line end at the end of the file does not begin another line.
        total = text.Length == 0 ? 0 : text.EndsWith('\n') ? total - 1 : total;
        last = Math.Min(last, total);
        return last >= total && first == 1 ? text.Length == 0 ? "(empty file)" : shown.ToString().TrimEnd('\n')
            : first > total ? $"(the file has {total} lines)"
            : $"{shown}[lines {first}-{last} of {total}]";
    }
}
