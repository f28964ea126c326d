using System.Net;
using System.Text.Json;

namespace Xopc.Gateway.Tests.Logs;

public sealed class LogQueryTests : IDisposable
{
    private readonly DirectoryInfo _state = Directory.CreateTempSubdirectory("xopc-logs-");
    private readonly LogLines _log;

    public LogQueryTests() => _log = new LogLines(_state.FullName);

    public void Dispose() => _state.Delete(recursive: true);

    [Fact]
    public async Task The_lines_of_all_processes_come_newest_first_with_all_their_fields()
    {
        _log.Append("app-2026-03-01.log", LogLines.Line(1, "one"), LogLines.Line(4, "four"));
        _log.Append("app-agents-2026-03-01.log", LogLines.Line(2, "two", service: "xopc-agents", fields: ("traceId", "abc")), LogLines.Line(3, "three"));
        await using var edge = await StartAsync();

        var page = await PageAsync(edge, "");

        Assert.Equal(["four", "three", "two", "one"], Messages(page));
        Assert.Equal(4, page.GetProperty("count").GetInt32());
        Assert.False(page.GetProperty("hasMore").GetBoolean());
        var two = page.GetProperty("logs")[2];
        Assert.Equal("2026-03-01T00:00:02.000Z", two.GetProperty("timestamp").GetString());
        Assert.Equal("abc", two.GetProperty("traceId").GetString());
        Assert.Equal("xopc-agents", two.GetProperty("service").GetString());
        Assert.False(two.TryGetProperty("msg", out _));
    }

    [Fact]
    public async Task Pages_repeat_and_miss_nothing_while_every_process_goes_on_writing_and_a_new_one_starts()
    {
        var expected = new List<string>();
        for (var i = 0; i < 500; i++)
        {
            _log.Append(i % 3 == 0 ? "app-agents-2026-03-01.log" : $"app-2026-03-01{(i > 250 ? ".1" : "")}.log", LogLines.Line(i, $"m{i}"));
            expected.Insert(0, $"m{i}");
        }

        await using var edge = await StartAsync();
        var seen = new List<string>();
        for (string? cursor = null; ;)
        {
            var page = await PageAsync(edge, $"limit=37&cursor={cursor}");
            seen.AddRange(Messages(page));
            _log.Append("app-agents-2026-03-01.log", LogLines.Line(1000 + seen.Count, "meanwhile"));
            _log.Append("app-2026-03-01.2.log", LogLines.Line(1000 + seen.Count, "meanwhile in a new file"));
            _log.Append("app-channels-2026-03-01.log", LogLines.Line(1000 + seen.Count, "meanwhile in a new process"));
            if (!page.GetProperty("hasMore").GetBoolean())
            {
                break;
            }

            cursor = page.GetProperty("nextCursor").GetString();
        }

        Assert.Equal(expected, seen);
    }

    [Fact]
    public async Task Files_that_retention_removes_between_two_pages_are_passed_over()
    {
        _log.Append("app-2026-02-27.log", LogLines.Line(-200_000, "old"));
        _log.Append("app-2026-02-28.log", LogLines.Line(-80_000, "gone"), LogLines.Line(-79_000, "gone too"));
        _log.Append("app-2026-03-01.log", LogLines.Line(1, "new"));
        await using var edge = await StartAsync();
        var first = await PageAsync(edge, "limit=2");

        File.Delete(Path.Combine(_log.Directory, "app-2026-02-28.log"));
        var second = await PageAsync(edge, "cursor=" + first.GetProperty("nextCursor").GetString());

        Assert.Equal(["new", "gone too"], Messages(first));
        Assert.Equal(["old"], Messages(second));
    }

    [Theory]
    [InlineData("level=error", "disk full")]
    [InlineData("level=ERROR,warn", "disk full,careful")]
    [InlineData("q=DISK", "disk full")]
    [InlineData("q=needle", "with a stack")]
    [InlineData("module=Xopc.Agents", "careful,begin")]
    [InlineData("module=Xopc.Agents.Runs", "careful")]
    [InlineData("session=main:webchat:default:direct:a", "careful")]
    [InlineData("trace=0AF7651916CD43DD8448EB211C80319C", "careful")]
    [InlineData("run=r1", "careful")]
    [InlineData("service=xopc-agents", "begin")]
    [InlineData("from=2026-03-01T00:00:02Z&to=2026-03-01T00:00:03Z", "disk full,careful")]
    [InlineData("from=2026-03-01T00:00:09Z", "")]
    [InlineData("offset=1&limit=2", "disk full,careful")]
    [InlineData("module=Xopc.Age", "")]
    public async Task Every_filter_holds_for_every_line(string query, string expected)
    {
        _log.Append(
            "app-2026-03-01.log",
            LogLines.Line(1, "begin", module: "Xopc.Agents", service: "xopc-agents"),
            LogLines.Line(2, "careful", "warn", "Xopc.Agents.Runs", fields:
                [("sessionKey", "main:webchat:default:direct:a"), ("traceId", "0af7651916cd43dd8448eb211c80319c"), ("runId", "r1")]),
            LogLines.Line(3, "disk full", "error"),
            """{"level":"info","time":"2026-03-01T00:00:04.000Z","service":"xopc","module":"M","msg":"with a stack","err":{"message":"the needle"}}""");
        await using var edge = await StartAsync();

        Assert.Equal(expected, string.Join(',', Messages(await PageAsync(edge, query))));
    }

    [Theory]
    [InlineData("level=loud")]
    [InlineData("from=yesterday")]
    [InlineData("to=2026-13-01")]
    [InlineData("limit=0")]
    [InlineData("limit=1001")]
    [InlineData("limit=-1")]
    [InlineData("limit=ten")]
    [InlineData("offset=-1")]
    [InlineData("cursor=nonsense")]
    [InlineData("cursor=Li4vLi4vZXRjL3Bhc3N3ZDox")] // ../../etc/passwd:1
    [InlineData("level=info&level=warn")]
    public async Task A_parameter_that_cannot_be_understood_is_named(string query)
    {
        await using var edge = await StartAsync();

        using var answer = await GetAsync(edge, "/api/logs?" + query);

        Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
        Assert.Contains(query.Split('=')[0], await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Torn_lines_foreign_lines_and_one_of_many_megabytes_are_shown_as_text_and_stop_nothing()
    {
        _log.Append("app-2026-03-01.log", LogLines.Line(1, "first"), "not json at all", "[]", "", new string('x', 3 * 1024 * 1024), LogLines.Line(2, "last"));
        _log.AppendTorn("app-2026-03-01.log", "{\"level\":\"info\",\"time\":\"2026-");
        await using var edge = await StartAsync();

        var messages = Messages(await PageAsync(edge, "")).ToArray();

        Assert.Equal("last", messages[0]);
        Assert.StartsWith("xxxx", messages[1], StringComparison.Ordinal);
        Assert.Equal(["[]", "not json at all", "first"], messages[2..]);
    }

    [Fact]
    public async Task A_secret_that_became_known_after_the_line_was_written_is_not_shown()
    {
        _log.Append("app-2026-03-01.log", LogLines.Line(1, $"token {EdgeHost.Token} used", fields: ("nested", $"and here {EdgeHost.Token}")));
        await using var edge = await EdgeHost.StartAsync(
            state: _state.FullName, environment: new() { ["XOPC_GATEWAY_TOKEN"] = EdgeHost.Token });

        using var answer = await GetAsync(edge, "/api/logs");
        var text = await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);

        Assert.Contains("used", text, StringComparison.Ordinal);
        Assert.DoesNotContain(EdgeHost.Token, text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_companions_tell_files_levels_modules_and_counts()
    {
        var now = DateTimeOffset.UtcNow;
        var second = (int)(now - LogLines.Midnight).TotalSeconds - 60;
        _log.Append($"app-{now:yyyy-MM-dd}.log", LogLines.Line(second, "a", "error", "Xopc.A"), LogLines.Line(second, "b", module: "Xopc.B"));
        File.WriteAllText(Path.Combine(_log.Directory, "other.log"), "not ours");
        await using var edge = await StartAsync();

        var files = (await JsonAsync(edge, "/api/logs/files")).GetProperty("files");
        Assert.Equal($"app-{now:yyyy-MM-dd}.log", Assert.Single(files.EnumerateArray()).GetProperty("name").GetString());
        var stats = await JsonAsync(edge, "/api/logs/stats");
        Assert.Equal(1, stats.GetProperty("byLevel").GetProperty("error").GetInt32());
        Assert.Equal(1, stats.GetProperty("errorsLast24h").GetInt32());
        Assert.True(stats.GetProperty("complete").GetBoolean());
        Assert.Equal(["Xopc.A", "Xopc.B"], (await JsonAsync(edge, "/api/logs/modules")).GetProperty("modules").EnumerateArray().Select(m => m.GetString()));
        Assert.Equal(6, (await JsonAsync(edge, "/api/logs/levels")).GetProperty("levels").GetArrayLength());
        Assert.Equal(_log.Directory, (await JsonAsync(edge, "/api/logs/dir")).GetProperty("dir").GetString());
        Assert.Equal("healthy", (await JsonAsync(edge, "/api/logs/health")).GetProperty("status").GetString());
    }

    [Fact]
    public async Task The_level_is_changed_for_a_time_and_only_to_one_that_exists()
    {
        await using var edge = await StartAsync();

        var changed = await PostLevelAsync(edge, """{"level":"debug","duration":5}""", HttpStatusCode.OK);
        Assert.Contains("\"previous\":\"info\",\"current\":\"debug\"", changed, StringComparison.Ordinal);
        var level = await JsonAsync(edge, "/api/logs/level");
        Assert.Equal("debug", level.GetProperty("level").GetString());
        Assert.True(level.TryGetProperty("autoRevertAt", out _));

        foreach (var wrong in (string[])["""{"level":"loud"}""", "{}", """{"level":"debug","duration":0}""", """{"level":"debug","duration":1e300}"""])
        {
            await PostLevelAsync(edge, wrong, HttpStatusCode.BadRequest);
        }

        await PostLevelAsync(edge, """{"level":"default"}""", HttpStatusCode.OK);
        Assert.Equal("info", (await JsonAsync(edge, "/api/logs/level")).GetProperty("level").GetString());
    }

    private static async Task<string> PostLevelAsync(EdgeHost edge, string json, HttpStatusCode expected)
    {
        using var request = edge.Request(HttpMethod.Post, "/api/logs/level");
        request.Content = new StringContent(json, System.Text.Encoding.UTF8, "application/json");
        using var answer = await edge.Client.SendAsync(request, TestContext.Current.CancellationToken);
        Assert.Equal(expected, answer.StatusCode);
        return await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
    }

    [Fact]
    public async Task Without_a_log_directory_there_are_no_lines()
    {
        Directory.Delete(_log.Directory, recursive: true);
        await using var edge = await StartAsync();
        Directory.Delete(_log.Directory, recursive: true);

        Assert.Empty(Messages(await PageAsync(edge, "")));
        Assert.Equal("off", (await JsonAsync(edge, "/api/logs/health")).GetProperty("status").GetString());
    }

    private Task<EdgeHost> StartAsync() => EdgeHost.StartAsync(state: _state.FullName);

    private static IEnumerable<string> Messages(JsonElement page) => page.GetProperty("logs").EnumerateArray().Select(entry => entry.GetProperty("message").GetString()!);

    private static Task<JsonElement> PageAsync(EdgeHost edge, string query) => JsonAsync(edge, "/api/logs?" + query);

    private static async Task<JsonElement> JsonAsync(EdgeHost edge, string path)
    {
        using var answer = await GetAsync(edge, path);
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        using var json = await JsonDocument.ParseAsync(await answer.Content.ReadAsStreamAsync(TestContext.Current.CancellationToken), cancellationToken: TestContext.Current.CancellationToken);
        return json.RootElement.Clone();
    }

    private static async Task<HttpResponseMessage> GetAsync(EdgeHost edge, string path)
    {
        using var request = edge.Request(HttpMethod.Get, path);
        return await edge.Client.SendAsync(request, TestContext.Current.CancellationToken);
    }
}
