using System.Text.Json.Nodes;

namespace Xopc.Cli.Conversation;

/// <summary>One request with a JSON answer.</summary>
/// <param name="Path">With its query, escaped.</param>
/// <param name="Body">Names and values of a JSON object; null: no body. A null value is left out.</param>
internal sealed record GatewayAsk(HttpMethod Method, string Path, IReadOnlyDictionary<string, string?>? Body = null)
{
    /// <summary>Instead of <see cref="Body"/>: one that is more than names and texts.</summary>
    public JsonObject? Json { get; init; }

    /// <summary>Sent as <c>Idempotency-Key</c>.</summary>
    public string? IdempotencyKey { get; init; }
}
