using System.Text;
using System.Text.Json.Nodes;

namespace Xopc.Testing.Telegram;

/// <summary>One answer, ready to be written: <c>{"ok":true,"result":…}</c> or <c>{"ok":false,"error_code":400,"description":"Bad Request: …"}</c>.</summary>
internal sealed record BotAnswer(int Status, byte[] Body, string ContentType)
{
    private const string Json = "application/json";

    public static BotAnswer Ok(JsonNode? result) => OkRaw(result?.ToJsonString() ?? "null");

    /// <param name="result">JSON text.</param>
    public static BotAnswer OkRaw(string result) => new(200, Encoding.UTF8.GetBytes("{\"ok\":true,\"result\":" + result + "}"), Json);

    public static BotAnswer Refused(BotApiException refusal)
    {
        var body = new JsonObject { ["ok"] = false, ["error_code"] = refusal.Code, ["description"] = refusal.Message };
        if (refusal.Parameters is { } parameters)
        {
            body["parameters"] = parameters.DeepClone();
        }

        return new BotAnswer(refusal.Code, Encoding.UTF8.GetBytes(body.ToJsonString()), Json);
    }

    /// <summary>What a proxy in between says, or says not.</summary>
    public static BotAnswer Bare(int status, string? body) => new(status, Encoding.UTF8.GetBytes(body ?? ""), body is null ? "" : "text/html");
}
