using Xopc.Testing.Models;

namespace Xopc.Agents.Tests.Turns;

public sealed class AgentAnswerTests : ModelHostTest
{
    [Fact]
    public async Task An_answer_comes_in_the_shape_of_the_specification()
    {
        await using var host = await HostAsync();
        Model.Enqueue(ModelScript.Say("The weather", " is sunny."));

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

        var messages = Model.Requests[^1].Body.GetProperty("messages").EnumerateArray()
            .Where(message => message.GetProperty("role").GetString() != "system").Select(message => Text(message.GetProperty("content"))).ToList();

        Assert.Equal(["one", "one", "two"], messages);
    }

    [Fact]
    public async Task The_stream_names_the_run_first_and_ends_with_the_result()
    {
        await using var host = await HostAsync();
        Model.Enqueue(ModelScript.Say("a", "b", "c"));

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
        Model.ForModel("echo", ModelScript.Fail(401));

        var (status, body) = await host.AskAsync("hi");

        Assert.Equal(502, status);
        Assert.Equal("AGENT_ERROR", (string)body!["error"]!["code"]!);
        Assert.Contains("fake/echo", (string)body["error"]!["message"]!, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_failed_run_streams_an_error_and_a_result_that_says_so()
    {
        await using var host = await HostAsync();
        Model.ForModel("echo", ModelScript.Fail(400));

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
        Model.Enqueue(ModelScript.Fail(400));
        await host.AskAsync("first");

        var (status, body) = await host.AskAsync("second");

        Assert.Equal((200, "second"), (status, (string)body!["reply"]!));
        Assert.DoesNotContain(Model.Requests[^1].Body.GetProperty("messages").EnumerateArray(), m => m.GetProperty("role").GetString() == "assistant");
    }

    [Fact]
    public async Task Tools_run_with_call_ids_and_stay_in_the_transcript()
    {
        await using var host = await HostAsync();
        await File.WriteAllTextAsync(Path.Combine(host.State, "workspace", "note.txt"), "the note", AgentsHost.Cancelled);
        Model.Enqueue(
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
}
