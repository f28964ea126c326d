using System.Text.Json.Nodes;

namespace Xopc.Agents.Tests.Sessions;

public sealed class SessionsApiTests
{
    [Fact]
    public async Task Creating_twice_without_a_message_reuses_the_empty_session()
    {
        await using var host = await AgentsHost.StartAsync();

        var (first, created) = await host.SendAsync(HttpMethod.Post, "/api/sessions", new JsonObject());
        var (second, reused) = await host.SendAsync(HttpMethod.Post, "/api/sessions", new JsonObject());

        Assert.Equal((201, 200), (first, second));
        Assert.Null(created!["reused"]);
        Assert.True((bool)reused!["reused"]!);
        Assert.Equal((string)created["session"]!["key"]!, (string)reused["session"]!["key"]!);
    }

    [Fact]
    public async Task Creating_an_existing_session_never_wipes_it()
    {
        await using var host = await AgentsHost.StartAsync();
        await host.AskAsync("remember me", "keep");

        var (status, body) = await host.SendAsync(HttpMethod.Post, "/api/sessions", new JsonObject { ["chat_id"] = "keep" });

        Assert.Equal(200, status);
        Assert.Equal("remember me", (string)body!["session"]!["messages"]![0]!["content"]!);
    }

    [Fact]
    public async Task An_idempotency_key_makes_one_session_however_often_it_is_sent()
    {
        await using var host = await AgentsHost.StartAsync();

        var (first, created) = await host.SendAsync(HttpMethod.Post, "/api/sessions", new JsonObject(), ("Idempotency-Key", "k1"));
        var (second, again) = await host.SendAsync(HttpMethod.Post, "/api/sessions", new JsonObject(), ("Idempotency-Key", "k1"));
        var (_, other) = await host.SendAsync(HttpMethod.Post, "/api/sessions", new JsonObject(), ("Idempotency-Key", "k2"));

        Assert.Equal((201, 201), (first, second));
        Assert.Equal((string)created!["session"]!["key"]!, (string)again!["session"]!["key"]!);
        Assert.NotEqual((string)created["session"]!["key"]!, (string)other!["session"]!["key"]!);
    }

    [Fact]
    public async Task A_repeated_request_that_found_a_session_says_again_that_it_found_it()
    {
        await using var host = await AgentsHost.StartAsync();
        await host.AskAsync("hello", "there");
        var body = new JsonObject { ["chat_id"] = "there" };

        var (first, found) = await host.SendAsync(HttpMethod.Post, "/api/sessions", body, ("Idempotency-Key", "k1"));
        var (second, again) = await host.SendAsync(HttpMethod.Post, "/api/sessions", body, ("Idempotency-Key", "k1"));

        Assert.Equal((200, 200), (first, second));
        Assert.True((bool)found!["reused"]!);
        Assert.True((bool)again!["reused"]!);
    }

    [Fact]
    public async Task An_idempotency_key_with_another_body_is_a_conflict()
    {
        await using var host = await AgentsHost.StartAsync();
        await host.SendAsync(HttpMethod.Post, "/api/sessions", new JsonObject(), ("Idempotency-Key", "k1"));

        var (status, body) = await host.SendAsync(HttpMethod.Post, "/api/sessions", new JsonObject { ["chat_id"] = "else" }, ("Idempotency-Key", "k1"));

        Assert.Equal((409, "IDEMPOTENCY_CONFLICT"), (status, (string)body!["error"]!["code"]!));
    }

    [Fact]
    public async Task An_unknown_agent_is_refused_by_name()
    {
        await using var host = await AgentsHost.StartAsync(configure: config =>
            config["agents"] = new JsonObject { ["list"] = new JsonArray(new JsonObject { ["id"] = "main" }) });

        var (status, body) = await host.SendAsync(HttpMethod.Post, "/api/sessions", new JsonObject { ["agentId"] = "nobody" });

        Assert.Equal(400, status);
        Assert.Equal("INVALID_REQUEST", (string)body!["error"]!["code"]!);
        Assert.Contains("nobody", (string)body["error"]!["message"]!, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Lists_are_paged_by_offset_and_by_cursor_without_gap_or_repeat()
    {
        await using var host = await AgentsHost.StartAsync();
        for (var i = 0; i < 7; i++)
        {
            await host.SendAsync(HttpMethod.Post, "/api/sessions", new JsonObject { ["chat_id"] = $"s{i}" });
        }

        var byOffset = new List<string>();
        for (var offset = 0; offset < 7; offset += 3)
        {
            var (_, page) = await host.GetAsync($"/api/sessions?limit=3&offset={offset}");
            Assert.Equal(7, (long)page!["total"]!);
            byOffset.AddRange(Keys(page));
        }

        var byCursor = new List<string>();
        for (string? cursor = null; ;)
        {
            var (_, page) = await host.GetAsync($"/api/sessions?limit=3{(cursor is null ? "" : "&cursor=" + cursor)}");
            byCursor.AddRange(Keys(page!));
            cursor = (string?)page!["nextCursor"];
            if (cursor is null)
            {
                Assert.False((bool)page["hasMore"]!);
                break;
            }
        }

        Assert.Equal(7, byOffset.Distinct().Count());
        Assert.Equal(byOffset, byCursor);
    }

    [Theory]
    [InlineData("limit=501")]
    [InlineData("limit=-1")]
    [InlineData("limit=ten")]
    [InlineData("offset=-5")]
    [InlineData("status=asleep")]
    [InlineData("sortBy=colour")]
    [InlineData("sortOrder=sideways")]
    [InlineData("cursor=%25%25")]
    public async Task A_wrong_list_parameter_is_named(string query)
    {
        await using var host = await AgentsHost.StartAsync();

        var (status, body) = await host.GetAsync("/api/sessions?" + query);

        Assert.Equal(400, status);
        Assert.Contains(query.Split('=')[0], (string)body!["error"]!["message"]!, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Search_finds_names_and_keys_and_takes_wildcards_literally()
    {
        await using var host = await AgentsHost.StartAsync();
        await host.SendAsync(HttpMethod.Post, "/api/sessions", new JsonObject { ["chat_id"] = "alpha" });
        await host.SendAsync(HttpMethod.Post, "/api/sessions", new JsonObject { ["chat_id"] = "beta" });
        await host.SendAsync(HttpMethod.Post, "/api/sessions/main:webchat:default:direct:beta/rename", new JsonObject { ["name"] = "100% Holiday" });

        Assert.Equal(["main:webchat:default:direct:alpha"], Keys((await host.GetAsync("/api/sessions?search=ALPHA")).Body!));
        Assert.Equal(["main:webchat:default:direct:beta"], Keys((await host.GetAsync("/api/sessions?search=0%25%20hol")).Body!));
        Assert.Empty(Keys((await host.GetAsync("/api/sessions?search=a%25a")).Body!));
    }

    [Fact]
    public async Task A_session_is_renamed_pinned_archived_exported_and_deleted()
    {
        await using var host = await AgentsHost.StartAsync();
        await host.AskAsync("hello there", "life");
        const string path = "/api/sessions/main:webchat:default:direct:life";

        Assert.True((bool)(await host.SendAsync(HttpMethod.Post, path + "/rename", new JsonObject { ["name"] = "Life" })).Body!["renamed"]!);
        Assert.True((bool)(await host.SendAsync(HttpMethod.Post, path + "/pin", new JsonObject())).Body!["pinned"]!);
        Assert.Equal("pinned", (string)(await host.GetAsync(path)).Body!["session"]!["status"]!);
        Assert.True((bool)(await host.SendAsync(HttpMethod.Post, path + "/archive", new JsonObject())).Body!["archived"]!);
        var archived = (await host.GetAsync(path)).Body!["session"]!;
        Assert.Equal("archived", (string)archived["status"]!);
        Assert.Equal("hello there", (string)archived["messages"]![0]!["content"]!);

        var json = JsonNode.Parse((string)(await host.GetAsync(path + "/export")).Body!["content"]!)!;
        Assert.Equal("1.0", (string)json["version"]!);
        Assert.Equal(2, json["messages"]!.AsArray().Count);
        var markdown = (string)(await host.GetAsync(path + "/export?format=markdown")).Body!["content"]!;
        Assert.Contains("# Life", markdown, StringComparison.Ordinal);
        Assert.Contains("## User\n\nhello there", markdown, StringComparison.Ordinal);

        Assert.True((bool)(await host.SendAsync(HttpMethod.Delete, path)).Body!["deleted"]!);
        var (status, body) = await host.GetAsync(path);
        Assert.Equal((404, "SESSION_NOT_FOUND"), (status, (string)body!["error"]!["code"]!));
        Assert.Equal(404, (await host.SendAsync(HttpMethod.Delete, path)).Status);
    }

    [Theory]
    [InlineData("")]
    [InlineData("   ")]
    [InlineData("a\nb")]
    public async Task A_name_that_is_no_name_is_refused(string name)
    {
        await using var host = await AgentsHost.StartAsync();
        await host.SendAsync(HttpMethod.Post, "/api/sessions", new JsonObject { ["chat_id"] = "x" });

        var (status, _) = await host.SendAsync(HttpMethod.Post, "/api/sessions/main:webchat:default:direct:x/rename", new JsonObject { ["name"] = name });

        Assert.Equal(400, status);
    }

    [Fact]
    public async Task Settings_are_checked_kept_and_cleared()
    {
        await using var host = await AgentsHost.StartAsync();
        await host.SendAsync(HttpMethod.Post, "/api/sessions", new JsonObject { ["chat_id"] = "x" });
        const string path = "/api/sessions/main:webchat:default:direct:x/agent-config";

        Assert.Equal("medium", (string)(await host.GetAsync(path)).Body!["payload"]!["thinkingLevel"]!);
        Assert.Equal(200, (await host.SendAsync(HttpMethod.Patch, path, new JsonObject { ["thinkingLevel"] = "ultrathink" })).Status);
        Assert.Equal("high", (string)(await host.GetAsync(path)).Body!["payload"]!["thinkingLevel"]!);
        Assert.Equal(200, (await host.SendAsync(HttpMethod.Patch, path, new JsonObject { ["thinkingLevel"] = null })).Status);
        Assert.Equal("medium", (string)(await host.GetAsync(path)).Body!["payload"]!["thinkingLevel"]!);

        var (status, body) = await host.SendAsync(HttpMethod.Patch, path, new JsonObject { ["reasoningLevel"] = "loud" });
        Assert.Equal((400, "Invalid reasoning level"), (status, (string)body!["error"]!["message"]!));
        Assert.Equal(400, (await host.SendAsync(HttpMethod.Patch, path, new JsonObject { ["model"] = "no-slash" })).Status);
        Assert.Equal(404, (await host.SendAsync(HttpMethod.Patch, path.Replace(":x/", ":y/", StringComparison.Ordinal), new JsonObject())).Status);
    }

    [Fact]
    public async Task A_key_limited_to_an_agent_sees_nothing_of_the_others_not_even_in_counts()
    {
        await using var host = await AgentsHost.StartAsync();
        await host.AskAsync("mine", "main:webchat:default:direct:a");
        await host.AskAsync("theirs", "other:webchat:default:direct:b");
        var limited = ("X-Test-Principal", """{"id":"key:1","scope":"operator.write","agents":["main"]}""");

        Assert.Equal(["main:webchat:default:direct:a"], Keys((await host.GetAsync("/api/sessions", limited)).Body!));
        Assert.Equal(1, (long)(await host.GetAsync("/api/sessions", limited)).Body!["total"]!);
        Assert.Equal(1, (int)(await host.GetAsync("/api/sessions/stats", limited)).Body!["totalSessions"]!);
        Assert.Single((await host.GetAsync("/api/sessions/chat-ids", limited)).Body!["payload"]!["chatIds"]!.AsArray());
        Assert.Equal(404, (await host.GetAsync("/api/sessions/other:webchat:default:direct:b", limited)).Status);
        Assert.Equal(404, (await host.SendAsync(HttpMethod.Delete, "/api/sessions/other:webchat:default:direct:b", null, limited)).Status);
        Assert.Equal(404, (await host.AskAsync("hello", "other:webchat:default:direct:b", limited)).Status);
        Assert.Equal(200, (await host.AskAsync("hello", "main:webchat:default:direct:a", limited)).Status);
    }

    [Fact]
    public async Task A_reader_may_not_write()
    {
        await using var host = await AgentsHost.StartAsync();
        var reader = ("X-Test-Principal", """{"id":"key:1","scope":"operator.read"}""");

        var (status, body) = await host.AskAsync("hello", "default", reader);

        Assert.Equal((403, "FORBIDDEN"), (status, (string)body!["error"]!["code"]!));
        Assert.Equal(200, (await host.GetAsync("/api/sessions", reader)).Status);
    }

    private static List<string> Keys(JsonNode page) => [.. page["items"]!.AsArray().Select(item => (string)item!["key"]!)];
}
