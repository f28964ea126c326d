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
        const int Room = ToolResult.MaxBytes - 200; // for the note below
        var shown = new StringBuilder();
        var (total, last, bytes) = (0, 0, 0);
        var isFull = false;
        // A line end at the end of the file does not begin another line.
        foreach (var line in (text.EndsWith('\n') ? text.AsSpan(0, text.Length - 1) : text).EnumerateLines())
        {
            total++;
            if (total < first || isFull)
            {
                continue;
            }

            var size = Encoding.UTF8.GetByteCount(line) + 1;
            isFull = total - first >= limit || (total > first && bytes + size > Room);
            if (!isFull)
            {
                // One line that is too long alone is shown in part.
                shown.Append(size > Room ? line[..ToolResult.FittingLength(line.ToString(), Room)] : line).Append('\n');
                (last, bytes) = (total, bytes + size);
            }
        }

        return text.Length == 0 ? "(empty file)"
            : first > total ? $"(the file has {total} lines)"
            : first == 1 && last == total && bytes <= Room ? shown.ToString(0, shown.Length - 1)
            : $"{shown}[lines {first}-{last} of {total}]";
    }
}
