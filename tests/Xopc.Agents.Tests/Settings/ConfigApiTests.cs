using System.Net;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.Extensions.DependencyInjection;
using Xopc.Configuration;
using Xopc.Contracts;

namespace Xopc.Agents.Tests.Settings;

public sealed class ConfigApiTests
{
    private const string Canary = "canary-5ecret-0123456789";

    [Fact]
    public async Task The_view_has_every_field_with_its_default_and_a_tag()
    {
        await using var host = await AgentsHost.StartAsync(configure: config => config["agents"] = JsonNode.Parse("""{"defaults":{"model":{"primary":"a/b","fallbacks":["c/d"]}},"list":[{"id":"x","name":"X"}]}"""));

        using var response = await host.Client.GetAsync("/api/config", AgentsHost.Cancelled);
        var body = JsonNode.Parse(await response.Content.ReadAsStringAsync(AgentsHost.Cancelled))!;
        var config = body["payload"]!["config"]!;

        Assert.True((bool)body["ok"]!);
        Assert.Equal($"\"{body["payload"]!["hash"]}\"", response.Headers.ETag!.ToString());
        Assert.True(response.Headers.CacheControl!.NoStore);
        Assert.Equal("x", (string?)config["agents"]!["defaultId"]);
        Assert.Equal(("x", "X"), ((string?)config["agents"]!["list"]![0]!["id"], (string?)config["agents"]!["list"]![0]!["name"]));
        var defaults = config["agents"]!["defaults"]!;
        Assert.Equal(("a/b", """["c/d"]"""), ((string?)defaults["model"], defaults["modelFallbacks"]!.ToJsonString()));
        Assert.Equal(("[]", "[]"), (defaults["imageModelFallbacks"]!.ToJsonString(), defaults["imageGenerationModelFallbacks"]!.ToJsonString()));
        Assert.True(defaults.AsObject().ContainsKey("imageModel") && defaults["imageModel"] is null && defaults.AsObject().ContainsKey("imageGenerationModel") && defaults.AsObject().ContainsKey("mediaMaxMb"));
        Assert.Equal((8192, 0.7, "medium"), ((int)defaults["maxTokens"]!, (double)defaults["temperature"]!, (string?)defaults["thinkingDefault"]));
        Assert.Equal((0.8, 0.3), ((double)defaults["compaction"]!["triggerThreshold"]!, (double)defaults["pruning"]!["headKeepRatio"]!));
        Assert.Equal(
            """{"mode":"none","token":"","password":"","rateLimit":{"enabled":true,"maxAttempts":5,"windowMs":900000,"blockDurationMs":300000,"exemptLoopback":true}}""",
            config["gateway"]!["auth"]!.ToJsonString());
        foreach (var key in (string[])["bind", "customBindHost", "port", "corsOrigins", "heartbeat", "maxSseConnections", "trustedProxies", "security", "channelConnectDeferMode", "channelConnectDeferIds", "channelConnectDeferSkipIds"])
        {
            Assert.True(config["gateway"]!.AsObject().ContainsKey(key), key);
        }

        foreach (var key in (string[])["channels", "cron", "session", "bindings", "models", "commands", "providers"])
        {
            Assert.True(config.AsObject().ContainsKey(key), key);
        }
    }

    [Theory]
    [InlineData("""{"gateway":{"auth":{"mode":"token","token":"0123456789abcdef0123456789abcdef"}}}""")]
    [InlineData("""{"gateway":{"auth":{"mode":"password","password":"a long password"}}}""")]
    public async Task A_caller_that_expires_cannot_set_the_credential_with_which_it_would_go_on(string patch)
    {
        await using var host = await AgentsHost.StartAsync();
        var key = new Principal("key:abc", OperatorScope.Admin, ExpiresAt: DateTimeOffset.UtcNow.AddDays(1));

        Assert.Equal(HttpStatusCode.Forbidden, await PatchAsync(host, patch, key));
        Assert.Equal(HttpStatusCode.OK, await PatchAsync(host, """{"cron":{"enabled":false}}""", key));
        Assert.Equal(HttpStatusCode.OK, await PatchAsync(host, patch, key with { ExpiresAt = null }));
    }

    private static async Task<HttpStatusCode> PatchAsync(AgentsHost host, string patch, Principal caller)
    {
        using var request = new HttpRequestMessage(HttpMethod.Patch, "/api/config") { Content = new StringContent(patch, Encoding.UTF8, "application/json") };
        request.Headers.Add("X-Test-Principal", JsonSerializer.Serialize(caller, ContractsJson.Default.Principal));
        using var response = await host.Client.SendAsync(request, AgentsHost.Cancelled);
        return response.StatusCode;
    }

    [Fact]
    public async Task No_secret_leaves_by_any_answer()
    {
        await using var host = await AgentsHost.StartAsync(configure: config =>
        {
            config["channels"] = JsonNode.Parse($$$$$$"""{"telegram":{"botToken":"{{{{{{Canary}}}}}}","proxy":"http://u:{{{{{{Canary}}}}}}@p","accounts":{"a":{"webhook_secret":"{{{{{{Canary}}}}}}"}}},"feishu":{"appSecret":["{{{{{{Canary}}}}}}"],"deep":[{"api-key":"{{{{{{Canary}}}}}}"}]}}""");
            config["tools"] = JsonNode.Parse($$$$$$"""{"web":{"search":{"providers":[{"type":"brave","apiKey":"{{{{{{Canary}}}}}}"}]}}}""");
            config["stt"] = JsonNode.Parse($$$$$$"""{"openai":{"apiKey":"{{{{{{Canary}}}}}}"}}""");
            config["extensions"] = JsonNode.Parse($$$$$$"""{"x":{"credentials":{"user":"{{{{{{Canary}}}}}}"},"cookie":"{{{{{{Canary}}}}}}"}}""");
            config["elsewhere"] = JsonNode.Parse($$$$$$"""{"password":"{{{{{{Canary}}}}}}"}""");
        });

        var answers = new[]
        {
            await host.GetAsync("/api/config"),
            await PatchAsync(host, """{"agents":{"defaults":{"temperature":0.2}},"gateway":{"auth":{"token":"x","password":"y"}}}"""),
            await PatchAsync(host, """{"agents":{"defaults":{"temperature":0.2}}}"""),
            await host.SendAsync(HttpMethod.Post, "/api/config/validate", JsonNode.Parse("""{"patch":{"channels":{"telegram":{"botToken":7}}}}""")),
            await host.SendAsync(HttpMethod.Post, "/api/config/reload"),
            await host.GetAsync("/api/config/schema"),
        };

        Assert.All(answers, answer => Assert.DoesNotContain(Canary, answer.Body!.ToJsonString(), StringComparison.Ordinal));
        Assert.Equal("***", (string?)answers[0].Body!["payload"]!["config"]!["channels"]!["telegram"]!["botToken"]);
        Assert.Equal([200, 400, 200, 200, 200, 200], answers.Select(answer => answer.Status));
    }

    [Fact]
    public async Task A_patch_to_mode_none_says_that_it_waits_for_a_restart()
    {
        await using var host = await AgentsHost.StartAsync();

        Assert.Equal(200, (await PatchAsync(host, """{"gateway":{"auth":{"mode":"token"}}}""")).Status);
        var (status, body) = await PatchAsync(host, """{"gateway":{"auth":{"mode":"none"}}}""");

        Assert.Equal(200, status);
        var payload = body!["payload"]!;
        Assert.Equal((true, """["gateway.auth.mode"]"""), ((bool)payload["requiresRestart"]!, payload["restartPaths"]!.ToJsonString()));
    }

    [Fact]
    public async Task A_patch_is_saved_runs_at_once_and_says_what_waits()
    {
        await using var host = await AgentsHost.StartAsync();

        var (status, body) = await PatchAsync(host, """{"agents":{"defaults":{"temperature":0.25}},"gateway":{"port":4711},"typo":1}""");

        Assert.Equal(200, status);
        var payload = body!["payload"]!;
        Assert.Equal(0.25, host.Get<ConfigStore>().Current.Agents.Defaults.Temperature);
        Assert.Equal(["agents.defaults.temperature", "gateway.port"], payload["changed"]!.AsArray().Select(path => (string)path!).Order(StringComparer.Ordinal));
        Assert.Equal((true, """["gateway.port"]"""), ((bool)payload["requiresRestart"]!, payload["restartPaths"]!.ToJsonString()));
        Assert.Contains("typo", payload["warnings"]!.ToJsonString(), StringComparison.Ordinal);
        Assert.Equal(0.25, (double)payload["config"]!["agents"]!["defaults"]!["temperature"]!);
        var after = (await host.GetAsync("/api/config")).Body!["payload"]!;
        Assert.Equal(((string?)payload["hash"], """["gateway.port"]"""), ((string?)after["hash"], after["pendingRestart"]!.ToJsonString()));
        Assert.True(File.Exists(Path.Combine(host.State, "xopc.json.bak")));
    }

    [Fact]
    public async Task Every_error_is_named_at_once_and_nothing_changes()
    {
        await using var host = await AgentsHost.StartAsync();
        var before = await File.ReadAllTextAsync(Path.Combine(host.State, "xopc.json"), AgentsHost.Cancelled);

        var (status, body) = await PatchAsync(host, """{"gateway":{"port":0,"bind":"nowhere","customBindHost":1,"maxSseConnections":0,"corsOrigins":"x"},"agents":{"defaults":{"model":7}}}""");

        Assert.Equal((400, "INVALID_REQUEST"), (status, (string?)body!["error"]!["code"]));
        var message = (string)body["error"]!["message"]!;
        Assert.All(
            ["gateway.port is 0", "gateway.bind is \"nowhere\"", "gateway.customBindHost", "gateway.maxSseConnections", "gateway.corsOrigins", "agents.defaults.model"],
            expected => Assert.Contains(expected, message, StringComparison.Ordinal));
        Assert.Equal(before, await File.ReadAllTextAsync(Path.Combine(host.State, "xopc.json"), AgentsHost.Cancelled));
        Assert.Equal(0.7, host.Get<ConfigStore>().Current.Agents.Defaults.Temperature);
    }

    [Fact]
    public async Task Of_two_writers_that_saw_the_same_the_second_is_told_and_gets_the_tag_of_now()
    {
        await using var host = await AgentsHost.StartAsync();
        var tag = $"\"{(await host.GetAsync("/api/config")).Body!["payload"]!["hash"]}\"";

        using var first = await RawPatchAsync(host, """{"agents":{"defaults":{"maxTokens":100}}}""", tag);
        using var second = await RawPatchAsync(host, """{"agents":{"defaults":{"maxTokens":200}}}""", tag);

        Assert.Equal((HttpStatusCode.OK, HttpStatusCode.PreconditionFailed), (first.StatusCode, second.StatusCode));
        Assert.Equal(first.Headers.ETag!.ToString(), second.Headers.ETag!.ToString());
        Assert.Contains("PRECONDITION_FAILED", await second.Content.ReadAsStringAsync(AgentsHost.Cancelled), StringComparison.Ordinal);
        using var again = await RawPatchAsync(host, """{"agents":{"defaults":{"maxTokens":200}}}""", $"\"nonsense\", {second.Headers.ETag}");
        Assert.Equal((HttpStatusCode.OK, 200), (again.StatusCode, host.Get<ConfigStore>().Current.Agents.Defaults.MaxTokens));
    }

    [Theory]
    [InlineData("*", 200)]
    [InlineData(null, 200)]
    [InlineData("\"0000\"", 412)]
    [InlineData("W/\"HASH\"", 412)]
    [InlineData("\"HASH\"", 200)]
    [InlineData("HASH", 400)]
    [InlineData("\"unclosed", 400)]
    public async Task The_condition_is_read_as_the_standard_says(string? condition, int expected)
    {
        await using var host = await AgentsHost.StartAsync();
        var hash = host.Get<ConfigStore>().Hash;

        using var response = await RawPatchAsync(host, """{"commands":{"restart":false}}""", condition?.Replace("HASH", hash, StringComparison.Ordinal));

        Assert.Equal(expected, (int)response.StatusCode);
        Assert.Equal(expected != 200, host.Get<ConfigStore>().Current.Commands.Restart);
    }

    [Fact]
    public async Task Sixteen_writers_at_once_without_a_condition_lose_no_field()
    {
        await using var host = await AgentsHost.StartAsync();

        var answers = await Task.WhenAll(Enumerable.Range(0, 16).Select(i => PatchAsync(host, $$$$$$"""{"session":{"identityLinks":{"p{{{{{{i}}}}}}":["telegram:{{{{{{i}}}}}}"]}}}""")));

        Assert.All(answers, answer => Assert.Equal(200, answer.Status));
        Assert.Equal(16, host.Get<ConfigStore>().Current.Session.IdentityLinks.Count);
    }

    [Fact]
    public async Task What_cannot_be_written_leaves_everything_as_it_was_and_says_when_to_try_again()
    {
        await using var host = await AgentsHost.StartAsync();
        Directory.CreateDirectory(Path.Combine(host.State, "xopc.json.lock")); // no file can be made in its place

        using var response = await RawPatchAsync(host, """{"commands":{"restart":false}}""", null);

        Assert.Equal(503, (int)response.StatusCode);
        Assert.NotNull(response.Headers.RetryAfter);
        Assert.Contains("STORAGE_UNAVAILABLE", await response.Content.ReadAsStringAsync(AgentsHost.Cancelled), StringComparison.Ordinal);
        Assert.True(host.Get<ConfigStore>().Current.Commands.Restart);
    }

    [Fact]
    public async Task A_file_that_somebody_broke_is_neither_overwritten_nor_applied_and_its_line_is_told()
    {
        await using var host = await AgentsHost.StartAsync();
        var path = Path.Combine(host.State, "xopc.json");
        await File.WriteAllTextAsync(path, "{\n  \"gateway\": {\n", AgentsHost.Cancelled);

        var (status, body) = await PatchAsync(host, """{"commands":{"restart":false}}""");
        var (_, reload) = await host.SendAsync(HttpMethod.Post, "/api/config/reload");
        var (_, shown) = await host.GetAsync("/api/config");

        Assert.Equal((409, "CONFLICT"), (status, (string?)body!["error"]!["code"]));
        Assert.Contains("line 3", (string)body["error"]!["message"]!, StringComparison.Ordinal);
        Assert.False((bool)reload!["payload"]!["reloaded"]!);
        Assert.Contains("line 3", (string)reload["payload"]!["error"]!, StringComparison.Ordinal);
        Assert.Contains("line 3", shown!["payload"]!["lastError"]!.ToJsonString(), StringComparison.Ordinal);
        Assert.Equal("{\n  \"gateway\": {\n", await File.ReadAllTextAsync(path, AgentsHost.Cancelled));
        Assert.True(host.Get<ConfigStore>().Current.Commands.Restart);
    }

    [Fact]
    public async Task Reload_applies_what_was_edited_by_hand_and_tells_what()
    {
        await using var host = await AgentsHost.StartAsync();
        await File.WriteAllTextAsync(Path.Combine(host.State, "xopc.json"), """{"gateway":{"auth":{"mode":"none"},"port":5},"cron":{"enabled":false}}""", AgentsHost.Cancelled);

        var (status, body) = await host.SendAsync(HttpMethod.Post, "/api/config/reload");

        Assert.Equal((200, true, false), (status, (bool)body!["payload"]!["reloaded"]!, host.Get<ConfigStore>().Current.Cron.Enabled));
        Assert.Equal(Hash(host), (string?)body["payload"]!["hash"]);
    }

    [Theory]
    [InlineData("""{"patch":{"gateway":{"port":5}}}""", true, null)]
    [InlineData("""{"patch":{"gateway":{"port":0}}}""", false, "gateway.port")]
    [InlineData("""{"config":{"gateway":{"port":5}}}""", true, null)]
    [InlineData("""{"config":{"gateway":{"auth":{"token":"short"}}}}""", false, "gateway.auth.token")]
    [InlineData("""{"config":[]}""", false, "")]
    public async Task Validating_judges_and_saves_nothing(string request, bool valid, string? path)
    {
        await using var host = await AgentsHost.StartAsync();
        var before = Hash(host);

        var (status, body) = await host.SendAsync(HttpMethod.Post, "/api/config/validate", JsonNode.Parse(request));

        Assert.Equal((200, valid), (status, (bool)body!["payload"]!["valid"]!));
        Assert.Equal(path, (string?)body["payload"]!["errors"]!.AsArray().FirstOrDefault()?["path"]);
        Assert.Equal(before, Hash(host));
    }

    [Theory]
    [InlineData("PATCH", "/api/config", "[]", 400)]
    [InlineData("PATCH", "/api/config", "{\"a\":1,\"a\":2}", 400)]
    [InlineData("PATCH", "/api/config", "{\"gateway\":{\"port\":1,\"port\":2}}", 400)]
    [InlineData("PATCH", "/api/config", "", 400)]
    [InlineData("PATCH", "/api/config", "DEEP", 400)]
    [InlineData("PATCH", "/api/config", "LONG", 413)]
    [InlineData("POST", "/api/config/validate", "{}", 400)]
    [InlineData("POST", "/api/config/validate", "{\"config\":{},\"patch\":{}}", 400)]
    [InlineData("POST", "/api/config/validate", "[]", 400)]
    public async Task Bodies_that_are_none_are_refused(string method, string path, string body, int expected)
    {
        await using var host = await AgentsHost.StartAsync();
        var text = body switch
        {
            "DEEP" => new string('[', 5_000) + new string(']', 5_000),
            "LONG" => $$"""{"x":"{{new string('x', ConfigDocument.MaxBytes)}}"}""",
            _ => body,
        };

        using var request = new HttpRequestMessage(new HttpMethod(method), path) { Content = new StringContent(text, Encoding.UTF8, "application/json") };
        using var response = await host.Client.SendAsync(request, AgentsHost.Cancelled);

        Assert.Equal(expected, (int)response.StatusCode);
    }

    [Theory]
    [InlineData("GET", "/api/config")]
    [InlineData("PATCH", "/api/config")]
    [InlineData("POST", "/api/config/reload")]
    [InlineData("POST", "/api/config/validate")]
    [InlineData("GET", "/api/config/schema")]
    public async Task Only_an_administrator_gets_here(string method, string path)
    {
        await using var host = await AgentsHost.StartAsync();
        var writer = Contracts.Principal.Operator with { Scope = Contracts.OperatorScope.Write };

        var (status, _) = await host.SendAsync(
            new HttpMethod(method), path, method == "GET" ? null : new JsonObject(), ("X-Test-Principal", System.Text.Json.JsonSerializer.Serialize(writer, Contracts.ContractsJson.Default.Principal)));

        Assert.Equal(403, status);
    }

    [Fact]
    public async Task A_change_is_announced_once_whether_it_came_by_the_api_or_by_hand_and_without_values()
    {
        await using var host = await AgentsHost.StartAsync();
        using var events = await host.StreamAsync(HttpMethod.Get, "/api/events");

        await PatchAsync(host, """{"agents":{"defaults":{"systemPromptOverride":"be brief"}}}""");
        var byApi = await events.UntilAsync(e => e.Type == "config.reload");
        var path = Path.Combine(host.State, "xopc.json");
        await File.WriteAllTextAsync(path, (await File.ReadAllTextAsync(path, AgentsHost.Cancelled)).Replace("\"gateway\": {", "\"session\":{\"queueCapacity\":7,\"identityLinks\":{\"ann\":[\"1\"]}},\"gateway\": {\"port\":99,", StringComparison.Ordinal)
            .Replace("\"autoTitle\"", "\"autoTitle2\"", StringComparison.Ordinal).Replace("\"session\": {", "\"old\": {", StringComparison.Ordinal), AgentsHost.Cancelled);
        var byHand = await events.UntilAsync(e => e.Type == "config.reload");
        await host.SendAsync(HttpMethod.Post, "/api/config/reload");
        await PatchAsync(host, """{"cron":{"enabled":false}}""");
        var next = await events.UntilAsync(e => e.Type == "config.reload");

        Assert.Equal("""{"section":"agents","requiresRestart":false,"paths":["agents.defaults.systemPromptOverride"]}""", byApi.Data);
        Assert.True((bool)byHand.Json["requiresRestart"]!);
        Assert.Equal("full", (string?)byHand.Json["section"]);
        Assert.DoesNotContain("ann", byHand.Data, StringComparison.Ordinal);
        Assert.Equal("cron", (string?)next.Json["section"]); // nothing was said twice in between
    }

    [Fact]
    public async Task Two_replicas_that_see_one_change_announce_it_once()
    {
        await using var one = await AgentsHost.StartAsync();
        var config = await File.ReadAllTextAsync(Path.Combine(one.State, "xopc.json"), AgentsHost.Cancelled);
        await using var other = await AgentsHost.StartAsync(state: one.State);
        Assert.Equal(config, await File.ReadAllTextAsync(Path.Combine(one.State, "xopc.json"), AgentsHost.Cancelled));
        var told = new System.Collections.Concurrent.ConcurrentQueue<string>();
        using var here = one.Get<Messaging.IEventLog>().Attach(logged => told.Enqueue(logged.Message.Type));
        using var there = other.Get<Messaging.IEventLog>().Attach(logged => told.Enqueue(logged.Message.Type));

        for (var i = 1; i <= 5; i++)
        {
            await PatchAsync(i % 2 == 0 ? one : other, $$$$$$"""{"session":{"queueCapacity":{{{{{{i}}}}}}}}""");
            await one.SendAsync(HttpMethod.Post, "/api/config/reload");
            await other.SendAsync(HttpMethod.Post, "/api/config/reload");
            await DrainedAsync(one, i);
            await DrainedAsync(other, i);
        }

        Assert.Equal(5, told.Count(type => type == "config.reload"));
    }

    // A claim of a change is a row of its own; both replicas have claimed when both have looked.
    private static async Task DrainedAsync(AgentsHost host, int changes)
    {
        var announcer = host.Services.GetServices<Microsoft.Extensions.Hosting.IHostedService>().OfType<Agents.Settings.ConfigAnnouncer>().Single();
        var start = TimeProvider.System.GetTimestamp();
        while (announcer.Considered < changes)
        {
            Assert.True(TimeProvider.System.GetElapsedTime(start) < AgentsHost.Generous, "The change was not considered.");
            await Task.Yield();
        }
    }

    private static string Hash(AgentsHost host) => host.Get<ConfigStore>().File.ReadDocument().Hash;

    private static Task<(int Status, JsonNode? Body)> PatchAsync(AgentsHost host, string patch) => host.SendAsync(HttpMethod.Patch, "/api/config", JsonNode.Parse(patch));

    private static Task<HttpResponseMessage> RawPatchAsync(AgentsHost host, string patch, string? condition)
    {
        var request = new HttpRequestMessage(HttpMethod.Patch, "/api/config") { Content = new StringContent(patch, Encoding.UTF8, "application/json") };
        if (condition is not null)
        {
            request.Headers.TryAddWithoutValidation("If-Match", condition);
        }

        return host.Client.SendAsync(request, AgentsHost.Cancelled);
    }
}
