using System.Text.Json.Nodes;

namespace Xopc.Testing.Telegram;

/// <summary>A refusal in the API's own words.</summary>
internal sealed class BotApiException(int code, string description, JsonObject? parameters = null) : Exception(description)
{
    public int Code => code;

    public JsonObject? Parameters => parameters;

    public static BotApiException BadRequest(string what) => new(400, "Bad Request: " + what);

    public static BotApiException Forbidden(string what) => new(403, "Forbidden: " + what);

    public static BotApiException Conflict(string what) => new(409, "Conflict: " + what);

    public static BotApiException TooManyRequests(int retryAfter) =>
        new(429, $"Too Many Requests: retry after {retryAfter}", new JsonObject { ["retry_after"] = retryAfter });
}
