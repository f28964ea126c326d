using System.Net;
using System.Text.Json.Nodes;
using System.Text;
using Xopc.Testing.Http;
using Xopc.Testing.Models;

namespace Xopc.EndToEnd.Tests;

/// <summary>What a person and their programs do with Xopc: the same in one process and as four over Redis.</summary>
public abstract class JourneyTests(Running running)
{
    private readonly Deployment _xopc = running.Xopc;

    private FakeOpenAiServer Model => _xopc.Model;

    [Fact]
    public async Task A_conversation_goes_on_over_json_and_sse_and_is_kept()
    {
        var (status, body) = await _xopc.AskAsync("one", "talk");
        using var stream = await _xopc.StreamAsync(HttpMethod.Post, "/api/agent", """{"message":"two","session":"talk"}""");
        var events = await stream.ToEndAsync();

        Assert.Equal((200, "one"), (status, (string)body!["reply"]!));
        Assert.Equal("two", Text(events));
        Assert.Equal("ok", (string)events[^1].Json["payload"]!["status"]!);
        Assert.Equal(["one", "one", "two", "two"], (await _xopc.TranscriptAsync("talk")).Select(m => m.Content));
        var (_, list) = await _xopc.SendAsync(HttpMethod.Get, "/api/sessions");
        Assert.Equal("one", (string)list!["items"]![0]!["name"]!);
    }

    [Fact]
    public async Task Every_piece_of_an_answer_arrives_while_the_model_still_writes()
    {
        var release = new TaskCompletionSource();
        Model.Enqueue(new ModelScript { Tokens = ["early", " late"], Gate = n => n == 1 ? release.Task : Task.CompletedTask });

        using var stream = await _xopc.StreamAsync(HttpMethod.Post, "/api/agent", """{"message":"go","session":"pieces"}""");
        var first = await stream.UntilAsync(e => e.Type == "token");
        release.SetResult();

        Assert.Equal("early", (string)first.Json["content"]!);
        Assert.Equal(" late", Text(await stream.ToEndAsync()));
    }

    [Fact]
    public async Task A_client_that_leaves_comes_back_to_exactly_what_it_missed()
    {
        var release = new TaskCompletionSource();
        Model.Enqueue(new ModelScript { Tokens = ["one ", "two ", "three"], Gate = n => n == 1 ? release.Task : Task.CompletedTask });
        string runId;
        string last;
        using (var stream = await _xopc.StreamAsync(HttpMethod.Post, "/api/agent", """{"message":"count","session":"back"}"""))
        {
            runId = (string)(await stream.NextAsync())!.Json["runId"]!;
            last = (await stream.UntilAsync(e => e.Type == "token")).Id!;
        }

        using var back = await _xopc.StreamAsync(HttpMethod.Get, $"/api/agent/runs/{runId}/events", lastEventId: last);
        release.SetResult();

        Assert.Equal("two three", Text(await back.ToEndAsync()));
    }

    [Fact]
    public async Task Aborting_ends_a_run_and_keeps_what_was_written()
    {
        var never = new TaskCompletionSource();
        Model.Enqueue(new ModelScript { Tokens = ["partial", " never"], Gate = n => n == 1 ? never.Task : Task.CompletedTask });
        using var stream = await _xopc.StreamAsync(HttpMethod.Post, "/api/agent", """{"message":"go","session":"abort"}""");
        var runId = (string)(await stream.NextAsync())!.Json["runId"]!;
        await stream.UntilAsync(e => e.Type == "token");

        var (_, body) = await _xopc.SendAsync(HttpMethod.Post, "/api/agent/abort", new JsonObject { ["runId"] = runId }.ToJsonString());

        Assert.True((bool)body!["payload"]!["aborted"]!);
        Assert.Equal("aborted", (string)(await stream.ToEndAsync())[^1].Json["payload"]!["status"]!);
        Assert.Equal("partial", (await _xopc.TranscriptAsync("abort"))[1].Content);
    }

    [Fact]
    public async Task Events_tell_everybody_and_are_replayed_to_whoever_was_away()
    {
        string position;
        using (var events = await _xopc.StreamAsync(HttpMethod.Get, "/api/events"))
        {
            position = (await events.NextAsync())!.Id!;
            await _xopc.AskAsync("hello", "watched");
            var token = await events.UntilAsync(e => e.Type == "agent.stream" && (string)e.Json["event"]!["type"]! == "token");
            Assert.Equal("main:webchat:default:direct:watched", (string)token.Json["sessionKey"]!);
        }

        using var again = await _xopc.StreamAsync(HttpMethod.Get, "/api/events", lastEventId: position);
        Assert.Equal("connected", (await again.NextAsync())!.Type);
        Assert.Equal("session.created", (await again.UntilAsync(e => e.Data.Contains("watched", StringComparison.Ordinal))).Type);
    }

    [Fact]
    public async Task An_event_id_that_is_no_longer_known_is_answered_with_resync()
    {
        using var events = await _xopc.StreamAsync(HttpMethod.Get, "/api/events", lastEventId: "elsewhere-42");

        Assert.Equal("connected", (await events.NextAsync())!.Type);
        Assert.Equal("resync", (await events.NextAsync())!.Type);
    }

    [Fact]
    public async Task Sixteen_clients_on_one_session_each_get_their_own_answer()
    {
        var replies = await Task.WhenAll(Enumerable.Range(0, 16).Select(i => _xopc.AskAsync($"m{i}", "shared")));

        Assert.Equal(Enumerable.Range(0, 16).Select(i => $"m{i}"), replies.Select(reply => (string)reply.Body!["reply"]!));
        Assert.Equal(32, (await _xopc.TranscriptAsync("shared")).Count);
    }

    [Theory]
    [InlineData("GET", "/api/sessions/main:webchat:default:direct:nobody", null, 404, "SESSION_NOT_FOUND")]
    [InlineData("GET", "/api/nothing", null, 404, "NOT_FOUND")]
    [InlineData("PUT", "/api/agent", "{}", 405, "METHOD_NOT_ALLOWED")]
    [InlineData("POST", "/api/agent", "{\"message\":", 400, "INVALID_REQUEST")]
    [InlineData("POST", "/api/agent", "{\"message\":\" \"}", 400, "INVALID_REQUEST")]
    public async Task Every_failure_has_the_one_shape(string method, string path, string? json, int status, string code)
    {
        var answer = await _xopc.SendAsync(new HttpMethod(method), path, json);

        Assert.Equal((status, code), (answer.Status, (string)answer.Body!["error"]!["code"]!));
    }

    [Fact]
    public async Task Without_the_token_nothing_is_told_and_health_is_open()
    {
        using var anonymous = new HttpRequestMessage(HttpMethod.Get, new Uri(_xopc.Url, "/api/sessions"));
        using var refused = await _xopc.Client.SendAsync(anonymous, Wait.Cancelled);
        using var health = await _xopc.Client.GetAsync(new Uri(_xopc.Url, "/health"), Wait.Cancelled);

        Assert.Equal(HttpStatusCode.Unauthorized, refused.StatusCode);
        Assert.Contains("UNAUTHORIZED", await refused.Content.ReadAsStringAsync(Wait.Cancelled), StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.OK, health.StatusCode);
    }

    [Fact]
    public async Task A_form_is_not_a_json_body()
    {
        using var request = _xopc.Request(HttpMethod.Post, "/api/agent");
        request.Content = new StringContent("message=hello", Encoding.UTF8, "application/x-www-form-urlencoded");
        using var response = await _xopc.Client.SendAsync(request, Wait.Cancelled);

        Assert.Equal(415, (int)response.StatusCode);
        Assert.Contains("UNSUPPORTED_MEDIA_TYPE", await response.Content.ReadAsStringAsync(Wait.Cancelled), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_turn_that_dies_before_anything_was_shown_is_answered_after_the_restart()
    {
        Model.Enqueue(new ModelScript { Hangs = true });
        var before = Model.Requests.Count;
        var asked = Attempted(_xopc.AskAsync("survive", "kill", ("Idempotency-Key", "k1")));
        await ModelAskedAsync(before + 1);

        await _xopc.KillAndRestartAgentsAsync();
        await asked;
        var (status, body) = await _xopc.AskAsync("survive", "kill", ("Idempotency-Key", "k1"));

        Assert.Equal((200, "survive"), (status, (string)body!["reply"]!));
        Assert.Equal([("user", "survive"), ("assistant", "survive")], (await _xopc.TranscriptAsync("kill")).Select(m => (m.Role, m.Content)));
    }

    [Fact]
    public async Task A_turn_that_dies_while_it_speaks_is_closed_with_what_it_had_said()
    {
        var never = new TaskCompletionSource();
        Model.Enqueue(new ModelScript { Tokens = ["I was about to", " finish"], Gate = n => n == 1 ? never.Task : Task.CompletedTask });
        using var stream = await _xopc.StreamAsync(HttpMethod.Post, "/api/agent", """{"message":"speak","session":"speak"}""");
        var runId = (string)(await stream.NextAsync())!.Json["runId"]!;
        var token = await stream.UntilAsync(e => e.Type == "token");
        await JournalledAsync();

        await _xopc.KillAndRestartAgentsAsync();
        using var back = await _xopc.StreamAsync(HttpMethod.Get, $"/api/agent/runs/{runId}/events", lastEventId: token.Id);
        var rest = await back.ToEndAsync();

        Assert.Equal("I was about to", (string)rest.Last(e => e.Type == "reset").Json["content"]!);
        Assert.Equal("interrupted", (string)rest[^1].Json["payload"]!["status"]!);
        Assert.Equal([("user", "speak", null), ("assistant", "I was about to", "interrupted")], await _xopc.TranscriptAsync("speak"));
        Assert.Equal("again", (string)(await _xopc.AskAsync("again", "speak")).Body!["reply"]!);
    }

    [Fact]
    public async Task A_graceful_stop_tells_whoever_listens_how_their_run_ended()
    {
        var never = new TaskCompletionSource();
        var script = new ModelScript { Tokens = ["so far", " never"], Gate = n => n == 1 ? never.Task : Task.CompletedTask };
        Model.Enqueue(script, script);
        var before = Model.Requests.Count;
        using var events = await _xopc.StreamAsync(HttpMethod.Get, "/api/events");
        using var stream = await _xopc.StreamAsync(HttpMethod.Post, "/api/agent", """{"message":"go","session":"sse"}""");
        await stream.UntilAsync(e => e.Type == "token");
        var json = _xopc.AskAsync("go", "json");
        await Wait.UntilAsync(async () => (await _xopc.TranscriptAsync("sse")).Count == 1 && Model.Requests.Count == before + 2, () => "The second turn did not begin.");

        Assert.Equal(0, await _xopc.Agents.TerminateAsync());
        var last = (await stream.ToEndAsync())[^1];
        var (status, body) = await json;

        Assert.Equal(("result", "interrupted"), (last.Type, (string?)last.Json["payload"]?["status"]));
        Assert.True(status is 502 or 503, $"{status}");
        Assert.NotNull(body!["error"]);
        await _xopc.StartAgentsAsync();
        Assert.Equal(("so far", "interrupted"), (await _xopc.TranscriptAsync("sse")).Select(m => (m.Content, m.Stop)).Last());
    }

    [Fact]
    public async Task A_graceful_stop_ends_with_0_and_loses_no_waiting_turn()
    {
        Model.Enqueue(new ModelScript { Hangs = true });
        var before = Model.Requests.Count;
        var running = Attempted(_xopc.AskAsync("first", "stop", ("Idempotency-Key", "a")));
        await ModelAskedAsync(before + 1);
        var waiting = Attempted(_xopc.AskAsync("second", "stop", ("Idempotency-Key", "b")));
        await Wait.UntilAsync(async () => (await _xopc.TranscriptAsync("stop")).Count == 2, () => "The second message was not accepted.");

        Assert.Equal(0, await _xopc.Agents.TerminateAsync());
        await Task.WhenAll(running, waiting);
        await _xopc.StartAgentsAsync();

        Assert.Equal("first", (string)(await _xopc.AskAsync("first", "stop", ("Idempotency-Key", "a"))).Body!["reply"]!);
        Assert.Equal("second", (string)(await _xopc.AskAsync("second", "stop", ("Idempotency-Key", "b"))).Body!["reply"]!);
        Assert.Equal(["first", "first", "second", "second"], (await _xopc.TranscriptAsync("stop")).Select(m => m.Content));
    }

    private Task ModelAskedAsync(int requests) => Wait.UntilAsync(() => Task.FromResult(Model.Requests.Count >= requests), () => "The turn did not reach the model.");

    // The journal writes every 250 ms; there is no signal for it outside the process, so a second turn of another session marks that time has passed.
    private async Task JournalledAsync()
    {
        Model.Enqueue(new ModelScript { Tokens = ["x"], BeforeFirst = TimeSpan.FromSeconds(1) });
        await _xopc.AskAsync("meanwhile", "other");
    }

    // The gateway dies under this request: whether it breaks or is answered with an error is the matter of the moment.
    private static async Task Attempted(Task<(int Status, JsonNode? Body)> request)
    {
        try
        {
            await request;
        }
        catch (Exception ex) when (ex is HttpRequestException or IOException)
        {
            // The connection broke: what became of the turn is asked afterwards.
        }
    }

    private static string Text(IEnumerable<SseEvent> events) => string.Concat(events.Where(e => e.Type == "token").Select(e => (string)e.Json["content"]!));
}

public sealed class OneProcessJourneyTests(RunningAsOne running) : JourneyTests(running), IClassFixture<RunningAsOne>;

public sealed class BundleJourneyTests(RunningAsBundle running) : JourneyTests(running), IClassFixture<RunningAsBundle>;
