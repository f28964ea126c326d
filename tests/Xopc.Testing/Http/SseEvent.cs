using System.Text.Json.Nodes;

namespace Xopc.Testing.Http;

/// <summary>One event of an SSE stream.</summary>
public sealed record SseEvent(string? Id, string Type, string Data)
{
    public JsonNode Json => JsonNode.Parse(Data)!;
}
