using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Xopc.Contracts;
using Xopc.Contracts.Messages;
using Xopc.Messaging;
using Xopc.ServiceDefaults.Http;
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
    [InlineData("""{"id":"key:4","scope":"operator.write","sessions":["main_b:webchat:default:direct:a"]}""", 200)]
    [InlineData("""{"id":"key:5","scope":"operator.write","sessions":["main_b:webchat:default:direct:ab"]}""", 404)]
    [InlineData("""{"id":"key:6","scope":"operator.write","sessions":["main:webchat:default:direct:a"]}""", 404)]
    [InlineData("""{"id":"key:7","scope":"operator.write","agents":["main"],"sessions":["main_b:webchat:default:direct:a"]}""", 404)]
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

    /// <summary>Routes that name neither a session nor a run, with what makes them safe. A new one has to be thought about before it stands here.</summary>
    private static readonly Dictionary<string, string> Unnamed = new()
    {
        ["POST /api/agent"] = "the session is in the body, see A_session_by_any_name",
        ["POST /api/agent/resume"] = "the run is in the body",
        ["POST /api/agent/abort"] = "the run is in the body",
        ["POST /api/agent/steer"] = "the session is in the body",
        ["POST /api/message/sync"] = "the conversation is in the body, see MessageSyncTests",
        ["POST /api/sessions"] = "only within its agents, see Sessions_are_made",
        ["GET /api/sessions"] = "filtered, see Lists_and_counts",
        ["GET /api/sessions/stats"] = "filtered, see Lists_and_counts",
        ["GET /api/sessions/chat-ids"] = "filtered, see Lists_and_counts",
        ["GET /api/events"] = "filtered, see Events",
        ["GET /api/workspace/inbound-file"] = "see A_file_that_was_sent",
        ["GET /api/models"] = "tells of no session and no agent",
        ["GET /api/models/configured"] = "tells of no session and no agent",
        ["GET /api/providers/meta"] = "tells of no session and no agent",
        ["GET /api/providers"] = "tells of no session and no agent",
    };

    [Theory, MemberData(nameof(Limits))]
    public async Task By_every_route_another_session_is_answered_like_one_that_never_was(string principal)
    {
        await using var host = await HostAsync();
        await host.AskAsync("theirs", Theirs);
        var before = (await host.GetAsync("/api/sessions/" + Theirs)).Body!.ToJsonString();
        var limited = ("X-Test-Principal", principal);
        var routes = host.Services.GetServices<EndpointDataSource>().SelectMany(source => source.Endpoints).OfType<RouteEndpoint>()
            .SelectMany(endpoint => endpoint.Metadata.GetMetadata<HttpMethodMetadata>()!.HttpMethods
                .Select(method => (Method: method, Path: "/" + endpoint.RoutePattern.RawText!.Trim('/'), endpoint.Metadata)))
            .Where(route => route.Metadata.GetMetadata<WholeInstallationEndpoint>() is null
                && route.Metadata.GetMetadata<EndpointScope>() is { PublicReason: null, Required: not OperatorScope.Admin })
            .ToList();
        var body = new JsonObject { ["name"] = "mine now", ["tags"] = new JsonArray("mine"), ["model"] = "fake/echo" };

        Assert.NotEmpty(routes);
        foreach (var route in routes)
        {
            if (!route.Path.Contains('{'))
            {
                Assert.True(Unnamed.ContainsKey($"{route.Method} {route.Path}"), $"{route.Method} {route.Path}: say what a limited key sees there.");
                continue;
            }

            var theirs = await CallAsync(route.Method, route.Path.Replace("{key}", Theirs, StringComparison.Ordinal));
            var nobodys = await CallAsync(route.Method, route.Path.Replace("{key}", Theirs + "-never", StringComparison.Ordinal));
            Assert.True(theirs.Status is 404, $"{route.Method} {route.Path} answered {theirs.Status}");
            Assert.Equal(nobodys.Body!.ToJsonString(), theirs.Body!.ToJsonString());
        }

        Assert.Equal(before, (await host.GetAsync("/api/sessions/" + Theirs)).Body!.ToJsonString());

        Task<(int Status, JsonNode? Body)> CallAsync(string method, string path) => host.SendAsync(
            new HttpMethod(method), path.Replace("{runId}", Guid.CreateVersion7().ToString(), StringComparison.Ordinal), method is "GET" or "DELETE" ? null : body.DeepClone(), limited);
    }

    [Theory, MemberData(nameof(Limits))]
    public async Task Lists_and_counts_hold_its_own_only(string principal)
    {
        await using var host = await HostAsync();
        await host.AskAsync("theirs", Theirs);
        await host.AskAsync("mine", "main:webchat:default:direct:a");
        var limited = ("X-Test-Principal", principal);

        var list = (await host.GetAsync("/api/sessions", limited)).Body!;
        var found = (await host.GetAsync("/api/sessions?search=other", limited)).Body!;
        var stats = (await host.GetAsync("/api/sessions/stats", limited)).Body!;
        var chats = (await host.GetAsync("/api/sessions/chat-ids", limited)).Body!;

        Assert.Equal(["main:webchat:default:direct:a"], list["items"]!.AsArray().Select(item => (string)item!["key"]!));
        Assert.Equal((1, 0), ((int)list["total"]!, (int)found["total"]!));
        Assert.Equal((1, 2), ((int)stats["totalSessions"]!, (int)stats["totalMessages"]!));
        Assert.DoesNotContain(":b", chats.ToJsonString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("""{"message":"x","session":"other:webchat:default:direct:b"}""")]
    [InlineData("""{"message":"x","session":"nobody:webchat:default:direct:b"}""")]
    [InlineData("""{"message":"x","sessionKey":"OTHER:webchat:default:direct:b"}""")]
    [InlineData("""{"message":"x","session":"b","agentId":"other"}""")]
    [InlineData("""{"message":"x","session":"b","agentId":"nobody"}""")]
    [InlineData("""{"message":"x","agentId":"other","newSession":true}""")]
    [InlineData("""{"message":"x","session":"cron:job"}""")]
    public async Task A_session_by_any_name_is_not_there_when_it_is_another_agents(string body)
    {
        foreach (var principal in Limits.Select(row => row.Data))
        {
            await using var host = await HostAsync(WithOther);
            if (body.Contains("cron", StringComparison.Ordinal) && principal.Contains("agents", StringComparison.Ordinal))
            {
                continue; // the key's agent is main, and so is a cron job's
            }

            var answer = await host.SendAsync(HttpMethod.Post, "/api/agent", JsonNode.Parse(body), ("X-Test-Principal", principal));

            Assert.Equal(404, answer.Status);
            Assert.Equal(0, (int)(await host.GetAsync("/api/sessions")).Body!["total"]!);
        }
    }

    [Fact]
    public async Task Sessions_are_made_within_the_keys_agents_only()
    {
        await using var host = await HostAsync(WithOther);
        var limited = ("X-Test-Principal", """{"id":"key:1","scope":"operator.write","agents":["other"]}""");

        var own = await host.SendAsync(HttpMethod.Post, "/api/sessions", new JsonObject { ["agentId"] = "other" }, limited);
        var named = await host.SendAsync(HttpMethod.Post, "/api/sessions", new JsonObject { ["agentId"] = "main" }, limited);
        var unheardOf = await host.SendAsync(HttpMethod.Post, "/api/sessions", new JsonObject { ["agentId"] = "nobody" }, limited);
        var byDefault = await host.SendAsync(HttpMethod.Post, "/api/sessions", new JsonObject(), limited);

        Assert.Equal(201, own.Status);
        Assert.Equal((404, 404, 404), (named.Status, unheardOf.Status, byDefault.Status));
        Assert.Equal(named.Body!.ToJsonString(), unheardOf.Body!.ToJsonString());
        Assert.Equal(1, (int)(await host.GetAsync("/api/sessions")).Body!["total"]!);
    }

    [Theory, MemberData(nameof(Limits))]
    public async Task Events_of_other_sessions_and_of_the_whole_installation_do_not_come(string principal)
    {
        await using var host = await HostAsync();
        using var request = new HttpRequestMessage(HttpMethod.Get, "/api/events");
        request.Headers.TryAddWithoutValidation("X-Test-Principal", principal);
        var response = await host.Client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, AgentsHost.Cancelled);
        using var events = new Xopc.Testing.Http.SseReader(
            response, await response.Content.ReadAsStreamAsync(AgentsHost.Cancelled), AgentsHost.Generous, breakIsEnd: false, AgentsHost.Cancelled);
        await events.UntilAsync(e => e.Type == "connected");
        var log = host.Services.GetRequiredService<IEventLog>();

        log.Publish(new EventMessage("config.reload", null, "{\"paths\":[\"agents.list\"]}"u8.ToArray()));
        log.Publish(new EventMessage("session.updated", Theirs, "{}"u8.ToArray()));
        log.Publish(new EventMessage("session.updated", "main:webchat:default:direct:a", "{\"key\":\"direct:a\"}"u8.ToArray()));

        var first = await events.NextAsync();
        Assert.Equal("session.updated", first!.Type);
        Assert.Contains("direct:a", first.Data, StringComparison.Ordinal);
    }

    [Fact]
    public async Task One_principals_idempotency_key_is_not_anothers()
    {
        await using var host = await HostAsync();
        var key = ("Idempotency-Key", "the-same");
        var first = await host.SendAsync(HttpMethod.Post, "/api/agent", new JsonObject { ["message"] = "operator's", ["session"] = "a" }, key);

        var second = await host.SendAsync(
            HttpMethod.Post, "/api/agent", new JsonObject { ["message"] = "key's", ["session"] = "a" }, key, ("X-Test-Principal", """{"id":"key:1","scope":"operator.write","agents":["main"]}"""));

        Assert.Equal((200, 200), (first.Status, second.Status));
        Assert.NotEqual((string)first.Body!["runId"]!, (string)second.Body!["runId"]!);
    }

    private static void WithOther(JsonObject config) => config["agents"]!["list"] = new JsonArray(
        new JsonObject { ["id"] = "main", ["default"] = true }, new JsonObject { ["id"] = "other" });
}
