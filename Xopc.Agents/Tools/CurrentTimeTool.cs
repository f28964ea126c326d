using System.Globalization;
using System.Text.Json;

namespace Xopc.Agents.Tools;

internal sealed class CurrentTimeTool(TimeProvider clock) : AgentTool("current_time", "Tell the current date and time.", Parameters, Schema, clock)
{
    private static readonly IReadOnlyList<ToolParameter> Parameters =
        [new("timezone", ToolParameterType.Text, "IANA time zone such as 'Europe/Berlin'; the machine's own when left out.", Max: 100)];

    private static readonly JsonElement Schema = ToolSchema.Create(Parameters);

    private readonly TimeProvider _now = clock;

    protected override Task<ToolResult> ActAsync(ToolArguments arguments, CancellationToken cancellationToken)
    {
        var zone = arguments.FindText("timezone") is { Length: > 0 } id ? Find(id) : _now.LocalTimeZone;
        var now = TimeZoneInfo.ConvertTime(_now.GetUtcNow(), zone);
        return Task.FromResult(new ToolResult(string.Create(CultureInfo.InvariantCulture, $"{now:dddd, yyyy-MM-dd'T'HH:mm:sszzz} ({zone.Id})")));
    }

    private static TimeZoneInfo Find(string id) =>
        // Zone names are file names below: a path would read one.
        !id.Contains("..", StringComparison.Ordinal) && !id.StartsWith('/') && TimeZoneInfo.TryFindSystemTimeZoneById(id, out var zone)
            ? zone
            : throw new ToolException("There is no such time zone.");
}
