using System.Text.Json.Nodes;

namespace Xopc.Agents.Tests.Sessions;

public sealed class SessionStatusTests
{
    private const string Prefix = "main:webchat:default:direct:";

    [Fact]
    public async Task A_session_that_rests_for_a_day_is_idle_and_a_word_makes_it_active_again()
    {
        var clock = new ShiftedClock();
        await using var host = await AgentsHost.StartAsync(build: clock.Use);
        await host.AskAsync("hello", "resting");
        await host.AskAsync("hello", "kept");
        await host.SendAsync(HttpMethod.Post, $"/api/sessions/{Prefix}kept/pin", new JsonObject());
        Assert.Equal("active", await StatusAsync(host, "resting"));

        clock.Shift = TimeSpan.FromHours(25);
        await host.AskAsync("hello", "fresh");

        Assert.Equal(("idle", "pinned", "active"), (await StatusAsync(host, "resting"), await StatusAsync(host, "kept"), await StatusAsync(host, "fresh")));
        Assert.Equal(["resting"], await NamesAsync(host, "?status=idle"));
        Assert.Equal(["fresh"], await NamesAsync(host, "?status=active"));
        Assert.Equal(["kept"], await NamesAsync(host, "?status=pinned"));
        Assert.Equal(2, (int)(await host.GetAsync("/api/sessions/stats")).Body!["activeSessions"]!);

        await host.AskAsync("again", "resting");
        Assert.Equal("active", await StatusAsync(host, "resting"));
        Assert.Empty(await NamesAsync(host, "?status=idle"));
    }

    [Fact]
    public async Task Tags_are_added_kept_in_order_replaced_and_found()
    {
        await using var host = await AgentsHost.StartAsync();
        await host.AskAsync("hello", "a");
        await host.AskAsync("hello", "b");

        await PatchAsync(host, "a", """{"tags":["Work"," Küche "]}""");
        var (status, body) = await PatchAsync(host, "a", """{"tags":["work","Später"],"name":"A name"}""");

        Assert.Equal(200, status);
        Assert.Equal(["Work", "Küche", "Später"], Tags(body!["session"]!));
        Assert.Equal("A name", (string)body["session"]!["name"]!);
        Assert.Equal(["Work", "Küche", "Später"], Tags((await host.GetAsync($"/api/sessions/{Prefix}a")).Body!["session"]!));
        Assert.Equal(["a"], await NamesAsync(host, "?search=KÜCHE"));
        Assert.Contains("- Tags: Work, Küche, Später", (string)(await host.GetAsync($"/api/sessions/{Prefix}a/export?format=markdown")).Body!["content"]!, StringComparison.Ordinal);

        Assert.Equal(["Only"], Tags((await PatchAsync(host, "a", """{"tags":["Only"],"replaceTags":true}""")).Body!["session"]!));
        Assert.Empty(Tags((await PatchAsync(host, "a", """{"tags":[],"replaceTags":true}""")).Body!["session"]!));
        Assert.Equal("A name", (string)(await host.GetAsync($"/api/sessions/{Prefix}a")).Body!["session"]!["name"]!);
    }

    [Theory]
    [InlineData("""{"tags":[""]}""")]
    [InlineData("""{"tags":["a\nb"]}""")]
    [InlineData("""{"tags":[null]}""")]
    [InlineData("""{"tags":["123456789012345678901234567890123456789012345678901"]}""")]
    [InlineData("""{"tags":"work"}""")]
    [InlineData("""{"tags":["1","2","3","4","5","6","7","8","9","10","11","12","13","14","15","16","17","18","19","20","21","22","23","24","25","26","27","28","29","30","31","32","33"]}""")]
    [InlineData("""{"name":"  "}""")]
    [InlineData("""{"replaceTags":true}""")]
    public async Task What_is_no_tag_is_refused_and_changes_nothing(string patch)
    {
        await using var host = await AgentsHost.StartAsync();
        await host.AskAsync("hello", "a");
        await PatchAsync(host, "a", """{"tags":["before"],"name":"Before"}""");

        var (status, body) = await PatchAsync(host, "a", patch);

        Assert.Equal((400, "INVALID_REQUEST"), (status, (string)body!["error"]!["code"]!));
        var session = (await host.GetAsync($"/api/sessions/{Prefix}a")).Body!["session"]!;
        Assert.Equal(("Before", "before"), ((string)session["name"]!, Assert.Single(Tags(session))));
    }

    [Fact]
    public async Task A_session_that_is_not_there_cannot_be_tagged()
    {
        await using var host = await AgentsHost.StartAsync();

        Assert.Equal(404, (await PatchAsync(host, "nobody", """{"tags":["x"]}""")).Status);
    }

    [Theory]
    [InlineData("Der Ärger", "ÄRGER")]
    [InlineData("ДОРОГА домой", "дорога")]
    [InlineData("Straße", "STRAßE")]
    public async Task A_name_is_found_in_any_script_whatever_its_case(string name, string search)
    {
        await using var host = await AgentsHost.StartAsync();
        await host.AskAsync("hello", "a");
        await host.AskAsync("hello", "b");
        await PatchAsync(host, "a", new JsonObject { ["name"] = name }.ToJsonString());

        Assert.Equal(["a"], await NamesAsync(host, "?search=" + Uri.EscapeDataString(search)));
    }

    private static Task<(int Status, JsonNode? Body)> PatchAsync(AgentsHost host, string name, string patch) =>
        host.SendAsync(HttpMethod.Patch, $"/api/sessions/{Prefix}{name}", JsonNode.Parse(patch));

    private static List<string> Tags(JsonNode session) => [.. session["tags"]!.AsArray().Select(tag => (string)tag!)];

    private static async Task<string> StatusAsync(AgentsHost host, string name) =>
        (string)(await host.GetAsync($"/api/sessions/{Prefix}{name}")).Body!["session"]!["status"]!;

    private static async Task<List<string>> NamesAsync(AgentsHost host, string query) =>
        [.. (await host.GetAsync("/api/sessions" + query)).Body!["items"]!.AsArray().Select(item => ((string)item!["key"]!)[Prefix.Length..])];
}
