using System.Text.Json.Nodes;

namespace Xopc.EndToEnd.Tests.Surface;

/// <summary>Things of the operator's that requests can name: a session, a run that is over, a file, an API key.</summary>
/// <param name="Mark">A word that stands in all of them, so that an answer that tells of one is found.</param>
internal sealed record SurfaceObjects(string Mark, string SessionKey, string RunId, string File, string KeyId)
{
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
        var made = await host.AskAsync(HttpMethod.Post, "/api/keys", new JsonObject { ["name"] = mark, ["scope"] = "read" });
        return new SurfaceObjects(mark, key, (string)answer["runId"]!, file, (string)made["payload"]!["id"]!);
    }

    /// <summary>A value for a parameter or a field of that name.</summary>
    public string ValueOf(string name) => name switch
    {
        "key" or "sessionKey" or "session" => SessionKey,
        "runId" => RunId,
        "rel" => File,
        "id" => KeyId,
        "message" => "hello",
        "rest" => "x",
        "name" => "n" + Guid.NewGuid().ToString("N"),
        "scope" => "read",
        "level" => "info",
        _ => "x",
    };
}
