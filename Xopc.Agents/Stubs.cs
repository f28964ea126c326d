using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.AI;
using Microsoft.Extensions.Hosting;
namespace Xopc.Agents.Models
{
    internal static class ToolCallArguments { public static FunctionCallContent ToContent(string id, string name, string json) => new(id, name); }
    internal static class ModelsRegistration { public static void AddModels(this IHostApplicationBuilder b) { } public static void MapModels(this IEndpointRouteBuilder r) { } }
}
namespace Xopc.Agents.Tools
{
    internal sealed class ToolSets { public ToolSet For(Configuration.AgentConfig a, string w) => null!; }
    internal sealed class ToolSet
    {
        public IReadOnlyList<AITool> Declarations => [];
        public Task<List<Transcripts.TranscriptMessage>> RunAsync(IReadOnlyList<Transcripts.TranscriptToolCall> calls, Runs.RunWriter w, Turns.TurnLimits l, TimeProvider c, CancellationToken ct) => null!;
    }
    internal static class ToolsRegistration { public static void AddTools(this IHostApplicationBuilder b) { } }
}
