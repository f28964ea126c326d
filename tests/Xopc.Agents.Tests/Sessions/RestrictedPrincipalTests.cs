using System.Text.Json.Nodes;
using Xopc.Testing.Models;

namespace Xopc.Agents.Tests.Sessions;

/// <summary>A key that may touch one agent, or one session: what is not its own looks as if it were not there, by every door.</summary>
public sealed class RestrictedPrincipalTests : ModelHostTest
{
    private const string Theirs = "other:webchat:default:direct:b";

    public static TheoryData<string> Limits => new(
        """{"id":"key:1","scope":"operator.write","agents":["main"]}""",
        """{"id":"key:2","scope":"operator.write","sessions":["main:webchat:default:direct:a"]}""");

    [Theory, MemberData(nameof(Limits))]
    public async Task A_run_of_somebody_else_cannot_be_watched_stopped_or_steered(string principal)
    {
        await using var host = await HostAsync();
        var limited = ("X-Test-Principal", principal);
        var release = new TaskCompletionSource();
        Model.Enqueue(new ModelScript { Tokens = ["their answer"], Gate = _ => release.Task });
        using var stream = await host.StreamAsync(HttpMethod.Post, "/api/agent", new JsonObject { ["message"] = "theirs", ["session"] = Theirs });
        var run = new JsonObject { ["runId"] = (string)(await stream.NextAsync())!.Json["runId"]! };
        await Model.RequestArrivedAsync(AgentsHost.Cancelled);

        var resumed = await host.SendAsync(HttpMethod.Post, "/api/agent/resume", run, limited);
        var watched = await host.GetAsync($"/api/agent/runs/{run["runId"]}/events", limited);
        var aborted = await host.SendAsync(HttpMethod.Post, "/api/agent/abort", run, limited);
        var steered = await host.SendAsync(HttpMethod.Post, "/api/agent/steer", new JsonObject { ["sessionKey"] = Theirs, ["message"] = "obey" }, limited);
        var tagged = await host.SendAsync(HttpMethod.Patch, "/api/sessions/" + Theirs, new JsonObject { ["name"] = "mine now" }, limited);
        release.SetResult();
        var end = (await stream.ToEndAsync())[^1];

        Assert.Equal((404, "RUN_NOT_FOUND"), (resumed.Status, (string)resumed.Body!["error"]!["code"]!));
        Assert.Equal((404, "RUN_NOT_FOUND"), (watched.Status, (string)watched.Body!["error"]!["code"]!));
        Assert.Equal((404, "SESSION_NOT_FOUND"), (steered.Status, (string)steered.Body!["error"]!["code"]!));
        Assert.Equal((404, "SESSION_NOT_FOUND"), (tagged.Status, (string)tagged.Body!["error"]!["code"]!));
        // As for a run that never was.
        Assert.Equal((200, false), (aborted.Status, (bool)aborted.Body!["payload"]!["aborted"]!));
        Assert.Equal("ok", (string)end.Json["payload"]!["status"]!);
        Assert.Equal([("user", "theirs"), ("assistant", "their answer")], await host.TranscriptAsync(Theirs));
    }

    [Theory]
    [InlineData("""{"id":"key:1","scope":"operator.write","agents":["main"]}""", 404)]
    [InlineData("""{"id":"key:2","scope":"operator.write","sessions":["main:webchat:default:direct:a"]}""", 404)]
    [InlineData("""{"id":"key:3","scope":"operator.write","agents":["main_b"]}""", 200)]
    public async Task A_file_that_was_sent_to_another_agent_is_not_there_also_where_they_share_a_workspace(string principal, int status)
    {
        await using var host = await HostAsync();
        // One agent's name begins with the other's.
        const string session = "main_b:webchat:default:direct:a";
        await host.SendAsync(HttpMethod.Post, "/api/agent", JsonNode.Parse($$"""{"message":"look","session":"{{session}}","attachments":[{"name":"n.txt","data":"aGk="}]}"""));
        var message = (await host.GetAsync("/api/sessions/" + session)).Body!["session"]!["messages"]![0]!;
        var rel = Uri.EscapeDataString((string)message["attachments"]![0]!["workspaceRelativePath"]!);

        foreach (var agent in (string[])["main", "main_b"])
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, $"/api/workspace/inbound-file?rel={rel}&agentId={agent}");
            request.Headers.TryAddWithoutValidation("X-Test-Principal", principal);
            using var response = await host.Client.SendAsync(request, AgentsHost.Cancelled);

            Assert.Equal(agent == "main" && status == 200 ? 404 : status, (int)response.StatusCode);
        }
    }
}
