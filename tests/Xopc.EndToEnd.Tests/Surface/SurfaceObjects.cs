using System.Text.Json.Nodes;

namespace Xopc.EndToEnd.Tests.Surface;

/// <summary>Things of the operator's that requests can name: a session, a run that is over, a file, an API key, a delivery that failed.</summary>
/// <param name="Mark">A word that stands in all of them, so that an answer that tells of one is found.</param>
internal sealed record SurfaceObjects(string Mark, string SessionKey, string RunId, string File, string KeyId, string DeliveryId)
{
    private static long _lastChat = -1_000_000;

    /// <summary>The conversation of the delivery.</summary>
    public string ChatSession { get; init; } = "";

    /// <summary>A scheduled job that is not due for long.</summary>
    public string JobId { get; init; } = "";

    /// <summary>The session in which it happens.</summary>
    public string JobSession => "cron:" + JobId;

    public static async Task<SurfaceObjects> CreateAsync(SurfaceHost host)
    {
        var mark = "mark" + Guid.NewGuid().ToString("N");
        var answer = await host.AskAsync(HttpMethod.Post, "/api/agent", new JsonObject
        {
            ["message"] = "look", ["session"] = mark,
            ["attachments"] = new JsonArray(new JsonObject { ["name"] = mark + ".txt", ["data"] = "data:text/plain;base64,aGk=" }),
        });
        var key = (string)answer["sessionKey"]!;
        var session = await host.AskAsync(HttpMethod.Get, "/api/sessions/" + key);
        var file = (string)session["session"]!["messages"]!.AsArray().First(message => message!["attachments"] is not null)!["attachments"]![0]!["workspaceRelativePath"]!;
        var chat = Interlocked.Decrement(ref _lastChat);
        var made = await host.AskAsync(HttpMethod.Post, "/api/keys", new JsonObject { ["name"] = mark, ["scope"] = "read" });
        return new SurfaceObjects(mark, key, (string)answer["runId"]!, file, (string)made["payload"]!["id"]!, await FailDeliveryAsync(host, mark, chat))
        {
            ChatSession = $"main:telegram:default:group:{chat}", JobId = await ScheduleAsync(host, mark),
        };
    }

    /// <summary>A delivery to somebody whom the platform does not know.</summary>
    public static async Task<string> FailDeliveryAsync(SurfaceHost host, string words, long chat = 42)
    {
        var sent = await host.AskAsync(HttpMethod.Post, "/api/message", new JsonObject { ["channel"] = "telegram", ["chat_id"] = $"{chat}", ["content"] = words });
        var id = (string)sent["message_id"]!;
        await Wait.UntilAsync(async () => (string)(await host.AskAsync(HttpMethod.Get, "/api/message/" + id))["state"]! == "failed", () => $"The delivery {id} does not fail.");
        return id;
    }

    /// <summary>A job of an agent's, due at New Year.</summary>
    public static async Task<string> ScheduleAsync(SurfaceHost host, string name) =>
        (string)(await host.AskAsync(HttpMethod.Post, "/api/cron", new JsonObject { ["name"] = name, ["schedule"] = "0 0 1 1 *", ["message"] = name }))["id"]!;

    /// <summary>A value for a parameter or a field of that name.</summary>
    public string ValueOf(string name) => name switch
    {
        "key" or "sessionKey" or "session" => SessionKey,
        "runId" => RunId,
        "rel" => File,
        "id" => KeyId,
        "delivery" => DeliveryId,
        "channel" => "telegram",
        "account" => "default",
        "job" or "job_id" => JobId,
        "schedule" => "0 0 1 1 *",
        "chat_id" or "chatId" => "42",
        "content" => "hello",
        "code" => "ABCD2345",
        "senderId" => "42",
        "message" => "hello",
        "rest" => "x",
        "name" => "n" + Guid.NewGuid().ToString("N"),
        "scope" => "read",
        "level" => "info",
        _ => "x",
    };
}
