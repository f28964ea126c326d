using System.Text.Json;
using Xopc.Cli.Conversation;

namespace Xopc.Cli.Commands;

/// <summary>How a job is doing, in a word.</summary>
internal static class CronWords
{
    public static string StateOf(JsonElement job)
    {
        var state = job.Child("state");
        return job.Text("damage") is { } damage ? "damaged: " + damage
            : state?.Text("blocked") is { } blocked ? "blocked: " + blocked
            : state?.Text("markedAt") is not null ? "failing"
            : job.TryGetProperty("enabled", out var enabled) && enabled.ValueKind == JsonValueKind.False ? "off"
            : job.Text("next_run") is null ? "over"
            : "on";
    }
}
