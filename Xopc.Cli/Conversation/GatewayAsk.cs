namespace Xopc.Cli.Conversation;

/// <summary>One request with a JSON answer.</summary>
/// <param name="Path">With its query, escaped.</param>
/// <param name="Body">Names and values of a JSON object; null: no body. A null value is left out.</param>
internal sealed record GatewayAsk(HttpMethod Method, string Path, IReadOnlyDictionary<string, string?>? Body = null)
{
    /// <summary>Sent as <c>Idempotency-Key</c>.</summary>
    public string? IdempotencyKey { get; init; }
}
