using System.Text.Json.Nodes;

namespace Xopc.EndToEnd.Tests;

/// <summary>The configuration changed while Xopc runs: over the edge, and by hand.</summary>
public abstract class ConfigurationTests(Running running)
{
    private readonly Deployment _xopc = running.Xopc;

    [Fact]
    public async Task A_hot_key_acts_in_the_next_turn_and_the_second_of_two_writers_is_told()
    {
        var (_, shown) = await _xopc.SendAsync(HttpMethod.Get, "/api/config");
        var tag = $"\"{shown!["payload"]!["hash"]}\"";

        var (status, patched) = await PatchAsync("""{"agents":{"defaults":{"systemPromptOverride":"Speak like a sailor."}}}""", ("If-Match", tag));
        var (late, refused) = await PatchAsync("""{"agents":{"defaults":{"systemPromptOverride":"Speak like a pilot."}}}""", ("If-Match", tag));
        await _xopc.AskAsync("hello", "sailor");

        Assert.Equal((200, false), (status, (bool)patched!["payload"]!["requiresRestart"]!));
        Assert.Equal((412, "PRECONDITION_FAILED"), (late, (string?)refused!["error"]!["code"]));
        Assert.Contains(_xopc.Model.Requests, request => request.ToString()!.Contains("Speak like a sailor.", StringComparison.Ordinal));
        Assert.DoesNotContain(_xopc.Token, patched.ToJsonString(), StringComparison.Ordinal);
        Assert.Equal("***", (string?)patched["payload"]!["config"]!["gateway"]!["auth"]!["token"]);
    }

    [Fact]
    public async Task An_edit_by_hand_is_announced_once_and_runs_everywhere()
    {
        using var events = await _xopc.StreamAsync(HttpMethod.Get, "/api/events");
        var path = Path.Combine(_xopc.State, "xopc.json");
        var document = JsonNode.Parse(await File.ReadAllTextAsync(path, Wait.Cancelled))!.AsObject();
        document["cron"] = new JsonObject { ["historyRetentionDays"] = 3 };
        await File.WriteAllTextAsync(path, document.ToJsonString(), Wait.Cancelled);

        var told = await events.UntilAsync(e => e.Type == "config.reload");
        await _xopc.SendAsync(HttpMethod.Post, "/api/config/reload");
        await PatchAsync("""{"models":{"idleTimeoutMs":60000}}""");
        var next = await events.UntilAsync(e => e.Type == "config.reload");

        Assert.Equal(("cron", """["cron.historyRetentionDays"]"""), ((string?)told.Json["section"], told.Json["paths"]!.ToJsonString()));
        Assert.Equal("models", (string?)next.Json["section"]);
        var (_, config) = await _xopc.SendAsync(HttpMethod.Get, "/api/config");
        var hash = ((string)config!["payload"]!["hash"]!)[..12];
        await Wait.UntilAsync(
            async () =>
            {
                var checks = (await _xopc.SendAsync(HttpMethod.Get, "/status")).Body!["checks"]!.AsObject();
                var processes = checks.Where(check => check.Key is "configuration" or "agents" or "channels" or "scheduler" && check.Value!["detail"]?.ToString() is { Length: > 0 }).ToList();
                return checks.ContainsKey("configuration") && processes.Where(check => check.Key == "configuration" || checks.ContainsKey("agents")).All(check => check.Value!["detail"]!.ToString().Contains(hash, StringComparison.Ordinal));
            },
            () => "Not every process runs the configuration that was saved.");
    }

    private Task<(int Status, JsonNode? Body)> PatchAsync(string patch, params (string Name, string Value)[] headers) => _xopc.SendAsync(HttpMethod.Patch, "/api/config", patch, headers);
}

public sealed class OneProcessConfigurationTests(RunningAsOne running) : ConfigurationTests(running), IClassFixture<RunningAsOne>;

public sealed class BundleConfigurationTests(RunningAsBundle running) : ConfigurationTests(running), IClassFixture<RunningAsBundle>;
