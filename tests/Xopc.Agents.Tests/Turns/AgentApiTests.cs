using System.Text.Json.Nodes;
using Xopc.Testing.Models;

namespace Xopc.Agents.Tests.Turns;

public sealed class AgentApiTests : IAsyncLifetime
{
    private FakeOpenAiServer _model = null!;

    public async ValueTask InitializeAsync() => _model = await FakeOpenAiServer.StartAsync();

    public ValueTask DisposeAsync() => _model.DisposeAsync();

    [Fact]
    public async Task An_answer_comes_in_the_shape_of_the_specification()
    {
        await using var host = await HostAsync();
        _model.Enqueue(ModelScript.Say("The weather", " is sunny."));

        var (status, body) = await host.AskAsync("What is the weather?");

        Assert.Equal(200, status);
        Assert.Equal("ok", (string)body!["status"]!);
        Assert.Equal("The weather is sunny.", (string)body["reply"]!);
        Assert.Equal("default", (string)body["session"]!);
        Assert.Equal("main:webchat:default:direct:default", (string)body["sessionKey"]!);
        Assert.True(Guid.TryParse((string)body["runId"]!, out _));
    }

    [Fact]
    public async Task The_transcript_keeps_question_answer_usage_and_stop_reason()
    {
        await using var host = await HostAsync();
        await host.AskAsync("hello");

        var message = (await host.GetAsync("/api/sessions/main:webchat:default:direct:default")).Body!["session"]!["messages"]![1]!;

        Assert.Equal("assistant", (string)message["role"]!);
        Assert.Equal("hello", (string)message["content"]!);
        Assert.Equal("fake/echo", (string)message["model"]!);
        Assert.Equal("stop", (string)message["stopReason"]!);
        Assert.True((long)message["usage"]!["input"]! > 0);
    }

    [Fact]
    public async Task The_model_sees_the_conversation_so_far_each_message_once()
    {
        await using var host = await HostAsync();
        await host.AskAsync("one");
        await host.AskAsync("two");

        var messages = _model.Requests[^1].Body.GetProperty("messages").EnumerateArray()
            .Where(message => message.GetProperty("role").GetString() != "system").Select(message => Text(message.GetProperty("content"))).ToList();

        Assert.Equal(["one", "one", "two"], messages);
    }

    [Fact]
    public async Task The_stream_names_the_run_first_and_ends_with_the_result()
    {
        await using var host = await HostAsync();
        _model.Enqueue(ModelScript.Say("a", "b", "c"));

        using var stream = await host.StreamAsync(HttpMethod.Post, "/api/agent", Message("hi"));
        var all = await stream.ToEndAsync();

        Assert.Equal("status", all[0].Type);
        Assert.Equal("accepted", (string)all[0].Json["status"]!);
        Assert.Equal("abc", string.Concat(all.Where(e => e.Type == "token").Select(e => (string)e.Json["content"]!)));
        Assert.Equal("result", all[^1].Type);
        Assert.Equal("ok", (string)all[^1].Json["payload"]!["status"]!);
        Assert.Null(all[^1].Json["type"]);
        Assert.All(all[..^1], e => Assert.Equal(e.Type, (string)e.Json["type"]!));
        Assert.Equal(Enumerable.Range(1, all.Count - 1).Select(i => $"1.{i}"), all.Skip(1).Select(e => e.Id));
    }

    [Fact]
    public async Task A_failed_run_is_an_error_never_an_empty_answer()
    {
        await using var host = await HostAsync();
        _model.ForModel("echo", ModelScript.Fail(401));

        var (status, body) = await host.AskAsync("hi");

        Assert.Equal(502, status);
        Assert.Equal("AGENT_ERROR", (string)body!["error"]!["code"]!);
        Assert.Contains("fake/echo", (string)body["error"]!["message"]!, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_failed_run_streams_an_error_and_a_result_that_says_so()
    {
        await using var host = await HostAsync();
        _model.ForModel("echo", ModelScript.Fail(400));

        using var stream = await host.StreamAsync(HttpMethod.Post, "/api/agent", Message("hi"));
        var all = await stream.ToEndAsync();

        Assert.Equal("error", all[^2].Type);
        Assert.False((bool)all[^1].Json["ok"]!);
        Assert.Equal("error", (string)all[^1].Json["payload"]!["status"]!);
        Assert.Equal("AGENT_ERROR", (string)all[^1].Json["error"]!["code"]!);
    }

    [Fact]
    public async Task After_a_failure_the_session_goes_on_without_the_failed_answer()
    {
        await using var host = await HostAsync();
        _model.Enqueue(ModelScript.Fail(400));
        await host.AskAsync("first");

        var (status, body) = await host.AskAsync("second");

        Assert.Equal((200, "second"), (status, (string)body!["reply"]!));
        Assert.DoesNotContain(_model.Requests[^1].Body.GetProperty("messages").EnumerateArray(), m => m.GetProperty("role").GetString() == "assistant");
    }

    [Fact]
    public async Task Messages_sent_while_the_agent_answers_are_answered_in_order_one_at_a_time()
    {
        await using var host = await HostAsync();
        var release = new TaskCompletionSource();
        _model.Enqueue(new ModelScript { Tokens = ["first answer"], Gate = _ => release.Task });
        var first = host.AskAsync("m1");
        await _model.RequestArrivedAsync(AgentsHost.Cancelled);

        var rest = new List<Task<(int Status, JsonNode? Body)>>();
        for (var i = 2; i <= 6; i++)
        {
            rest.Add(host.AskAsync($"m{i}"));
            await UntilAsync(host, async () => (await host.TranscriptAsync("main:webchat:default:direct:default")).Count == i);
        }

        Assert.Single(_model.Requests);
        release.SetResult();

        Assert.Equal("first answer", (string)(await first).Body!["reply"]!);
        Assert.Equal(["m2", "m3", "m4", "m5", "m6"], (await Task.WhenAll(rest)).Select(r => (string)r.Body!["reply"]!));
        Assert.Equal(
            ["m1", "first answer", "m2", "m2", "m3", "m3", "m4", "m4", "m5", "m5", "m6", "m6"],
            (await host.TranscriptAsync("main:webchat:default:direct:default")).Select(m => m.Content));
    }

    [Fact]
    public async Task Different_sessions_do_not_wait_for_each_other()
    {
        await using var host = await HostAsync();
        var release = new TaskCompletionSource();
        _model.Enqueue(new ModelScript { Gate = _ => release.Task });
        var blocked = host.AskAsync("slow", "a");
        await _model.RequestArrivedAsync(AgentsHost.Cancelled);

        Assert.Equal("fast", (string)(await host.AskAsync("fast", "b")).Body!["reply"]!);

        release.SetResult();
        Assert.Equal(200, (await blocked).Status);
    }

    [Fact]
    public async Task A_full_session_answers_429_and_keeps_nothing_of_the_message()
    {
        await using var host = await HostAsync(config => config["session"]!["queueCapacity"] = 2);
        var release = new TaskCompletionSource();
        _model.Enqueue(new ModelScript { Gate = _ => release.Task });
        var first = host.AskAsync("1");
        await _model.RequestArrivedAsync(AgentsHost.Cancelled);
        var second = host.AskAsync("2");
        await UntilAsync(host, async () => (await host.TranscriptAsync("main:webchat:default:direct:default")).Count == 2);

        using var request = new HttpRequestMessage(HttpMethod.Post, "/api/agent") { Content = new StringContent("""{"message":"3"}""", null, "application/json") };
        using var response = await host.Client.SendAsync(request, AgentsHost.Cancelled);

        Assert.Equal(429, (int)response.StatusCode);
        Assert.True(response.Headers.RetryAfter!.Delta > TimeSpan.Zero);
        Assert.Contains("SESSION_BUSY", await response.Content.ReadAsStringAsync(AgentsHost.Cancelled), StringComparison.Ordinal);
        release.SetResult();
        await Task.WhenAll(first, second);
        Assert.DoesNotContain("3", (await host.TranscriptAsync("main:webchat:default:direct:default")).Select(m => m.Content));
    }

    [Fact]
    public async Task The_same_idempotency_key_and_request_is_one_turn_with_one_answer()
    {
        await using var host = await HostAsync();

        var first = await host.AskAsync("once", "s", ("Idempotency-Key", "k"));
        var second = await host.AskAsync("once", "s", ("Idempotency-Key", "k"));

        Assert.Equal((200, 200), (first.Status, second.Status));
        Assert.Equal((string)first.Body!["runId"]!, (string)second.Body!["runId"]!);
        Assert.Equal((string)first.Body["reply"]!, (string)second.Body["reply"]!);
        Assert.Single(_model.Requests);
        Assert.Equal(2, (await host.TranscriptAsync("main:webchat:default:direct:s")).Count);
    }

    [Fact]
    public async Task The_same_idempotency_key_with_another_request_is_a_conflict()
    {
        await using var host = await HostAsync();
        await host.AskAsync("once", "s", ("Idempotency-Key", "k"));

        var (status, body) = await host.AskAsync("twice", "s", ("Idempotency-Key", "k"));

        Assert.Equal((409, "IDEMPOTENCY_CONFLICT"), (status, (string)body!["error"]!["code"]!));
    }

    [Fact]
    public async Task Two_requests_with_one_key_at_the_same_time_are_one_turn()
    {
        await using var host = await HostAsync();
        var release = new TaskCompletionSource();
        _model.Enqueue(new ModelScript { Tokens = ["answer"], Gate = _ => release.Task });

        var first = host.AskAsync("once", "s", ("Idempotency-Key", "k"));
        await _model.RequestArrivedAsync(AgentsHost.Cancelled);
        var second = host.AskAsync("once", "s", ("Idempotency-Key", "k"));
        release.SetResult();

        Assert.Equal("answer", (string)(await first).Body!["reply"]!);
        Assert.Equal("answer", (string)(await second).Body!["reply"]!);
        Assert.Single(_model.Requests);
    }

    [Fact]
    public async Task Aborting_keeps_the_partial_answer_and_answers_aborted()
    {
        await using var host = await HostAsync();
        var never = new TaskCompletionSource();
        _model.Enqueue(new ModelScript { Tokens = ["par", "tial", "rest"], Gate = n => n == 2 ? never.Task : Task.CompletedTask });
        using var stream = await host.StreamAsync(HttpMethod.Post, "/api/agent", Message("go"));
        var runId = (string)(await stream.NextAsync())!.Json["runId"]!;
        var text = "";
        await stream.UntilAsync(e => e.Type == "token" && (text += (string)e.Json["content"]!) == "partial");

        var (status, body) = await host.SendAsync(HttpMethod.Post, "/api/agent/abort", new JsonObject { ["runId"] = runId });
        var rest = await stream.ToEndAsync();

        Assert.Equal(200, status);
        Assert.True((bool)body!["payload"]!["aborted"]!);
        Assert.Equal("aborted", (string)rest[^1].Json["payload"]!["status"]!);
        Assert.Equal([("user", "go"), ("assistant", "partial")], await host.TranscriptAsync("main:webchat:default:direct:default"));
        var again = await host.SendAsync(HttpMethod.Post, "/api/agent/abort", new JsonObject { ["runId"] = runId });
        Assert.False((bool)again.Body!["payload"]!["aborted"]!);
    }

    [Fact]
    public async Task A_waiting_turn_can_be_aborted_before_it_begins()
    {
        await using var host = await HostAsync();
        var release = new TaskCompletionSource();
        _model.Enqueue(new ModelScript { Gate = _ => release.Task });
        var first = host.AskAsync("running");
        await _model.RequestArrivedAsync(AgentsHost.Cancelled);
        using var waiting = await host.StreamAsync(HttpMethod.Post, "/api/agent", Message("waiting"));
        var runId = (string)(await waiting.NextAsync())!.Json["runId"]!;

        await host.SendAsync(HttpMethod.Post, "/api/agent/abort", new JsonObject { ["runId"] = runId });
        release.SetResult();

        Assert.Equal("aborted", (string)(await waiting.ToEndAsync())[^1].Json["payload"]!["status"]!);
        Assert.Equal(200, (await first).Status);
        Assert.Single(_model.Requests);
    }

    [Fact]
    public async Task Words_steered_into_a_run_are_answered_in_it()
    {
        await using var host = await HostAsync();
        var release = new TaskCompletionSource();
        _model.Enqueue(new ModelScript { Tokens = ["first."], Gate = _ => release.Task }, ModelScript.Say(" Then this."));
        var asked = host.AskAsync("go");
        await _model.RequestArrivedAsync(AgentsHost.Cancelled);

        var (status, _) = await host.SendAsync(HttpMethod.Post, "/api/agent/steer", new JsonObject { ["session"] = "default", ["message"] = "also that" });
        release.SetResult();
        var (_, body) = await asked;

        Assert.Equal(200, status);
        Assert.Equal("first. Then this.", (string)body!["reply"]!);
        Assert.Equal(
            [("user", "go"), ("assistant", "first."), ("user", "also that"), ("assistant", " Then this.")],
            await host.TranscriptAsync("main:webchat:default:direct:default"));
    }

    [Fact]
    public async Task Steering_without_a_run_is_told()
    {
        await using var host = await HostAsync();

        var (status, body) = await host.SendAsync(HttpMethod.Post, "/api/agent/steer", new JsonObject { ["session"] = "default", ["message"] = "x" });

        Assert.Equal((409, "NO_ACTIVE_RUN"), (status, (string)body!["error"]!["code"]!));
    }

    [Fact]
    public async Task Tools_run_with_call_ids_and_stay_in_the_transcript()
    {
        await using var host = await HostAsync();
        await File.WriteAllTextAsync(Path.Combine(host.State, "workspace", "note.txt"), "the note", AgentsHost.Cancelled);
        _model.Enqueue(
            ModelScript.Call(new ScriptedToolCall("c1", "read_file", """{"path":"note.txt"}"""), new ScriptedToolCall("c2", "no_such_tool", "{}")),
            ModelScript.Say("done"));

        using var stream = await host.StreamAsync(HttpMethod.Post, "/api/agent", Message("read it"));
        var all = await stream.ToEndAsync();

        Assert.Equal(["c1", "c2"], all.Where(e => e.Type == "tool_start").Select(e => (string)e.Json["toolCallId"]!));
        var ends = all.Where(e => e.Type == "tool_end").ToList();
        Assert.Contains("the note", (string)ends[0].Json["result"]!, StringComparison.Ordinal);
        Assert.Equal([false, true], ends.Select(e => (bool)e.Json["isError"]!));
        var messages = (await host.GetAsync("/api/sessions/main:webchat:default:direct:default")).Body!["session"]!["messages"]!.AsArray();
        Assert.Equal(["user", "assistant", "toolResult", "toolResult", "assistant"], messages.Select(m => (string)m!["role"]!));
        Assert.Equal("c1", (string)messages[1]!["tool_calls"]![0]!["id"]!);
        Assert.Equal("c1", (string)messages[2]!["tool_call_id"]!);
        Assert.Equal("read_file", (string)messages[2]!["toolName"]!);
    }

    [Fact]
    public async Task A_client_that_leaves_does_not_end_the_run()
    {
        await using var host = await HostAsync();
        var release = new TaskCompletionSource();
        _model.Enqueue(new ModelScript { Tokens = ["one", "two"], Gate = n => n == 1 ? release.Task : Task.CompletedTask });
        string runId;
        string lastId;
        using (var stream = await host.StreamAsync(HttpMethod.Post, "/api/agent", Message("go")))
        {
            runId = (string)(await stream.NextAsync())!.Json["runId"]!;
            lastId = (await stream.UntilAsync(e => e.Type == "token")).Id!;
        }

        using var back = await host.StreamAsync(HttpMethod.Get, $"/api/agent/runs/{runId}/events", lastEventId: lastId);
        release.SetResult();
        var missed = await back.ToEndAsync();

        Assert.Equal("two", string.Concat(missed.Where(e => e.Type == "token").Select(e => (string)e.Json["content"]!)));
        Assert.DoesNotContain(missed, e => e.Type is "reset" or "status");
        Assert.Equal("ok", (string)missed[^1].Json["payload"]!["status"]!);
    }

    [Fact]
    public async Task Resuming_a_finished_run_replays_all_of_it()
    {
        await using var host = await HostAsync();
        var (_, body) = await host.AskAsync("hello");

        using var stream = await host.StreamAsync(HttpMethod.Post, "/api/agent/resume", new JsonObject { ["runId"] = (string)body!["runId"]! });
        var all = await stream.ToEndAsync();

        Assert.Equal("status", all[0].Type);
        Assert.Equal("hello", string.Concat(all.Where(e => e.Type == "token").Select(e => (string)e.Json["content"]!)));
        Assert.Equal("result", all[^1].Type);
    }

    [Fact]
    public async Task A_finished_run_is_still_told_after_a_restart()
    {
        var first = await HostAsync();
        var (_, body) = await first.AskAsync("hello");
        await first.StopAsync();
        await using var second = await AgentsHost.StartAsync(_model.BaseUrl, first.State);

        using var fresh = await second.StreamAsync(HttpMethod.Get, $"/api/agent/runs/{body!["runId"]}/events");
        var all = await fresh.ToEndAsync();
        using var back = await second.StreamAsync(HttpMethod.Get, $"/api/agent/runs/{body["runId"]}/events", lastEventId: "1.2");
        var missed = await back.ToEndAsync();

        Assert.Equal(["status", "token", "result"], all.Select(e => e.Type));
        Assert.Equal("hello", (string)all[1].Json["content"]!);
        Assert.Equal(["reset", "result"], missed.Select(e => e.Type));
        Assert.Equal("hello", (string)missed[0].Json["content"]!);
        Directory.Delete(first.State, recursive: true);
    }

    [Theory]
    [InlineData("""{"runId":"not-a-run"}""", 400, "INVALID_REQUEST")]
    [InlineData("""{}""", 400, "INVALID_REQUEST")]
    [InlineData("""{"runId":"01990000-0000-7000-8000-000000000000"}""", 404, "RUN_NOT_FOUND")]
    public async Task Resuming_what_is_not_there_says_so(string body, int status, string code)
    {
        await using var host = await HostAsync();

        var answer = await host.SendAsync(HttpMethod.Post, "/api/agent/resume", JsonNode.Parse(body));

        Assert.Equal((status, code), (answer.Status, (string)answer.Body!["error"]!["code"]!));
    }

    [Theory]
    [InlineData("""{"message":""}""")]
    [InlineData("""{"message":"  \n\t "}""")]
    [InlineData("""{}""")]
    [InlineData("""{"message":null}""")]
    [InlineData("""{"message":5}""")]
    [InlineData("""{"message":"a\u0000b"}""")]
    [InlineData("""{"message":"a\ud800b"}""")]
    [InlineData("""{"message":"a","session":"../etc"}""")]
    [InlineData("""{"message":"a","session":"a b"}""")]
    [InlineData("""{"message":"a","session":{}}""")]
    [InlineData("""{"message":"a","thinking":"very"}""")]
    [InlineData("""{"message":"a","model":"nope"}""")]
    [InlineData("""{"message":"a","attachments":[{"data":"%%%"}]}""")]
    [InlineData("""{"message":"a","attachments":"x"}""")]
    [InlineData("""{"message":"a",}""")]
    [InlineData("""[1,2]""")]
    [InlineData("")]
    [InlineData("nonsense")]
    public async Task A_body_that_makes_no_sense_is_refused_and_leaves_nothing(string body)
    {
        await using var host = await HostAsync();
        using var request = new HttpRequestMessage(HttpMethod.Post, "/api/agent") { Content = new StringContent(body, null, "application/json") };

        using var response = await host.Client.SendAsync(request, AgentsHost.Cancelled);

        Assert.Equal(400, (int)response.StatusCode);
        Assert.Equal("INVALID_REQUEST", (string)JsonNode.Parse(await response.Content.ReadAsStringAsync(AgentsHost.Cancelled))!["error"]!["code"]!);
        Assert.Equal(0, (long)(await host.GetAsync("/api/sessions")).Body!["total"]!);
    }

    [Fact]
    public async Task A_message_of_a_megabyte_is_taken_and_one_byte_more_is_not()
    {
        await using var host = await HostAsync();
        _model.ForModel("echo", ModelScript.Say("read"));

        Assert.Equal(200, (await host.AskAsync(new string('x', 1024 * 1024))).Status);
        var (status, body) = await host.AskAsync(new string('x', (1024 * 1024) + 1));

        Assert.Equal((413, "PAYLOAD_TOO_LARGE"), (status, (string)body!["error"]!["code"]!));
    }

    [Theory]
    [InlineData("שלום ‏עולם")]
    [InlineData("👨‍👩‍👧‍👦 family")]
    [InlineData("<script>alert(1)</script> \"quotes\" \\ back")]
    public async Task Text_comes_back_as_it_went_in(string text)
    {
        await using var host = await HostAsync();

        Assert.Equal(text, (string)(await host.AskAsync(text)).Body!["reply"]!);
        Assert.Equal(text, (await host.TranscriptAsync("main:webchat:default:direct:default"))[0].Content);
    }

    [Fact]
    public async Task Deleting_a_session_ends_its_run_and_its_waiting_turns()
    {
        await using var host = await HostAsync();
        _model.Enqueue(new ModelScript { Hangs = true });
        var running = host.AskAsync("running", "s");
        await _model.RequestArrivedAsync(AgentsHost.Cancelled);
        var waiting = host.AskAsync("waiting", "s");
        await UntilAsync(host, async () => (await host.TranscriptAsync("main:webchat:default:direct:s")).Count == 2);

        await host.SendAsync(HttpMethod.Delete, "/api/sessions/main:webchat:default:direct:s");

        Assert.Equal("aborted", (string)(await running).Body!["status"]!);
        Assert.Equal("aborted", (string)(await waiting).Body!["status"]!);
        Assert.Equal(404, (await host.GetAsync("/api/sessions/main:webchat:default:direct:s")).Status);
    }

    [Fact]
    public async Task Attachments_lie_in_the_workspace_and_images_go_to_the_model()
    {
        await using var host = await HostAsync();
        var png = Convert.ToBase64String([0x89, 0x50, 0x4E, 0x47, 1, 2, 3]);

        var (status, _) = await host.SendAsync(HttpMethod.Post, "/api/agent", JsonNode.Parse(
            $$"""{"message":"look","attachments":[{"type":"image","mimeType":"image/png","name":"../../a.png","data":"{{png}}"},{"name":"n.txt","data":"data:text/plain;base64,aGk="}]}"""));

        Assert.Equal(200, status);
        var user = (await host.GetAsync("/api/sessions/main:webchat:default:direct:default")).Body!["session"]!["messages"]![0]!;
        var rel = (string)user["attachments"]![0]!["workspaceRelativePath"]!;
        Assert.DoesNotContain("..", rel, StringComparison.Ordinal);
        using var file = await host.Client.GetAsync("/api/workspace/inbound-file?rel=" + Uri.EscapeDataString(rel), AgentsHost.Cancelled);
        Assert.Equal([0x89, 0x50, 0x4E, 0x47, 1, 2, 3], await file.Content.ReadAsByteArrayAsync(AgentsHost.Cancelled));
        Assert.Equal(404, (await host.GetAsync("/api/workspace/inbound-file?rel=..%2Fxopc.json")).Status);
        var content = _model.Requests[^1].Body.GetProperty("messages").EnumerateArray().Last().GetProperty("content").GetRawText();
        Assert.Contains(png, content, StringComparison.Ordinal);
        Assert.Contains("n.txt", content, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_model_that_does_not_see_is_told_of_the_image_in_words()
    {
        await using var host = await HostAsync();

        await host.SendAsync(HttpMethod.Post, "/api/agent", JsonNode.Parse(
            """{"message":"look","model":"fake/blind","attachments":[{"mimeType":"image/png","name":"a.png","data":"aGk="}]}"""));

        var content = _model.Requests[^1].Body.GetProperty("messages").EnumerateArray().Last().GetProperty("content").GetRawText();
        Assert.Contains("a.png (image/png, 2 bytes)", content, StringComparison.Ordinal);
        Assert.DoesNotContain("aGk=", content, StringComparison.Ordinal);
    }

    [Fact]
    public async Task More_than_ten_attachments_are_refused()
    {
        await using var host = await HostAsync();
        var attachments = new JsonArray([.. Enumerable.Range(0, 11).Select(_ => (JsonNode)new JsonObject { ["data"] = "aGk=" })]);

        Assert.Equal(400, (await host.SendAsync(HttpMethod.Post, "/api/agent", new JsonObject { ["message"] = "x", ["attachments"] = attachments })).Status);
    }

    [Fact]
    public async Task Sixteen_clients_on_one_session_get_their_own_answers_in_order()
    {
        await using var host = await HostAsync();

        var answers = await Task.WhenAll(Enumerable.Range(0, 16).Select(async client =>
        {
            var replies = new List<string>();
            for (var i = 0; i < 5; i++)
            {
                var (status, body) = await host.AskAsync($"{client}-{i}", "shared");
                Assert.Equal(200, status);
                replies.Add((string)body!["reply"]!);
            }

            return (client, replies);
        }));

        Assert.All(answers, answer => Assert.Equal(Enumerable.Range(0, 5).Select(i => $"{answer.client}-{i}"), answer.replies));
        var transcript = await host.TranscriptAsync("main:webchat:default:direct:shared");
        Assert.Equal(160, transcript.Count);
        for (var i = 0; i < transcript.Count; i += 2)
        {
            Assert.Equal(transcript[i].Content, transcript[i + 1].Content);
        }
    }

    private static JsonObject Message(string text) => new() { ["message"] = text };

    private static string Text(System.Text.Json.JsonElement content) =>
        content.ValueKind == System.Text.Json.JsonValueKind.String ? content.GetString()! : content[0].GetProperty("text").GetString()!;

    private Task<AgentsHost> HostAsync(Action<JsonObject>? configure = null) => AgentsHost.StartAsync(_model.BaseUrl, configure: configure);

    // The API has no signal for "accepted and waiting": its own state is what a client would look at.
    private static async Task UntilAsync(AgentsHost host, Func<Task<bool>> condition)
    {
        using var limit = new CancellationTokenSource(AgentsHost.Generous);
        while (!await condition())
        {
            Assert.False(limit.IsCancellationRequested, "The state did not come.");
            await Task.Yield();
        }

        GC.KeepAlive(host);
    }
}
