using Microsoft.Extensions.AI;
using Xopc.Agents.Models;
using Xopc.Agents.Tools;
using Xopc.Testing.Models;

namespace Xopc.Agents.Tests.Models;

public sealed class OpenAiChatTests
{
    [Fact]
    public async Task An_answer_streams_as_text_then_usage_then_completed()
    {
        await using var lab = await ModelLab.StartAsync();
        lab.A.Enqueue(ModelScript.Say("Good", " morning", " ☀️"));

        var events = await lab.RunAsync("a/m");

        Assert.Equal("Good morning ☀️", ModelLab.Text(events));
        Assert.Equal(new ModelEvent.Usage(6, 3, 4, 0), events[^2]);
        Assert.Equal(new ModelEvent.Completed(ModelLab.Ref("a/m"), "stop"), events[^1]);
    }

    [Fact]
    public async Task A_piece_is_handed_on_while_the_next_is_still_awaited()
    {
        await using var lab = await ModelLab.StartAsync();
        var gate = new TaskCompletionSource();
        lab.A.Enqueue(ModelScript.Say("one", "two") with { Gate = token => token == 1 ? gate.Task : Task.CompletedTask });

        await using var events = lab.Runner.StreamAsync(lab.Request("a/m"), ModelLab.Token).GetAsyncEnumerator(ModelLab.Token);
        Assert.True(await events.MoveNextAsync());
        Assert.Equal(new ModelEvent.Text("one"), events.Current);
        gate.SetResult();
        Assert.True(await events.MoveNextAsync());
        Assert.Equal(new ModelEvent.Text("two"), events.Current);
    }

    [Fact]
    public async Task The_request_says_what_the_turn_asked_for_and_carries_the_key()
    {
        await using var lab = await ModelLab.StartAsync();

        await lab.RunAsync("a/team/m-1");

        var request = Assert.Single(lab.A.Requests);
        Assert.Equal("Bearer key-of-a", request.Headers["authorization"]);
        Assert.Equal("team/m-1", request.Model);
        Assert.False(request.Headers.ContainsKey("traceparent"));
        var body = request.Body;
        Assert.True(body.GetProperty("stream").GetBoolean());
        Assert.True(body.GetProperty("stream_options").GetProperty("include_usage").GetBoolean());
        Assert.Equal(1000, body.GetProperty("max_tokens").GetInt32());
        Assert.Equal(0.5, body.GetProperty("temperature").GetDouble());
        Assert.False(body.TryGetProperty("tools", out _));
        Assert.Equal("""[{"role":"system","content":"Be brief."},{"role":"user","content":"Hello there"}]""", body.GetProperty("messages").GetRawText());
    }

    [Fact]
    public async Task Thinking_is_told_apart_from_the_answer()
    {
        await using var lab = await ModelLab.StartAsync();
        lab.A.Enqueue(ModelScript.Say("42") with { Thinking = ["Six", " by seven"] });

        var events = await lab.RunAsync("a/m");

        Assert.Equal("Six by seven", ModelLab.Thought(events));
        Assert.Equal("42", ModelLab.Text(events));
    }

    [Fact]
    public async Task Parallel_tool_calls_come_whole_and_in_order_after_the_text()
    {
        await using var lab = await ModelLab.StartAsync();
        lab.A.Enqueue(ModelScript.Call(new("c1", "read_file", """{"path":"a.md"}"""), new("c2", "grep", """{"pattern":"\"x\" é"}""", 5)) with { Tokens = ["Let me look."] });

        var events = await lab.RunAsync("a/m");

        Assert.Equal(
            [new ModelEvent.ToolCall("c1", "read_file", """{"path":"a.md"}"""), new ModelEvent.ToolCall("c2", "grep", """{"pattern":"\"x\" é"}""")],
            events.OfType<ModelEvent.ToolCall>());
        Assert.Equal("toolUse", Assert.IsType<ModelEvent.Completed>(events[^1]).StopReason);
        Assert.IsType<ModelEvent.Text>(events[0]);
    }

    [Fact]
    public async Task A_tool_result_goes_back_under_its_call_id()
    {
        await using var lab = await ModelLab.StartAsync();
        lab.A.ForModel("m", ModelScript.Call(new ScriptedToolCall("c1", "current_time", "{}")));
        var request = lab.Request("a/m") with { Tools = ToolSet.For(new(), Path.GetTempPath(), lab.Clock).ForModel };
        var call = Assert.Single((await lab.RunAsync(request)).OfType<ModelEvent.ToolCall>());

        var events = await lab.RunAsync(request with
        {
            Messages =
            [
                .. request.Messages, new ChatMessage(ChatRole.Assistant, [ToolCallArguments.ToContent(call.Id, call.Name, call.ArgumentsJson)]),
                new ChatMessage(ChatRole.Tool, [new FunctionResultContent(call.Id, "noon")]),
            ],
        });

        Assert.Equal("The tool said: noon", ModelLab.Text(events));
        var body = lab.A.Requests[1].Body;
        Assert.Equal(
            """[{"role":"assistant","content":null,"tool_calls":[{"id":"c1","type":"function","function":{"name":"current_time","arguments":"{}"}}]},{"role":"tool","tool_call_id":"c1","content":"noon"}]""",
            "[" + string.Join(',', body.GetProperty("messages").EnumerateArray().Skip(2).Select(message => message.GetRawText())) + "]");
        var tool = body.GetProperty("tools").EnumerateArray().Single(tool => tool.GetProperty("function").GetProperty("name").ValueEquals("read_file"));
        Assert.Equal("path", tool.GetProperty("function").GetProperty("parameters").GetProperty("required")[0].GetString());
    }

    [Fact]
    public async Task A_call_id_that_the_turn_already_used_is_replaced()
    {
        await using var lab = await ModelLab.StartAsync();
        lab.A.Enqueue(ModelScript.Call(new("call_0", "grep", "{}"), new("call_1", "find", "{}")));
        var request = lab.Request("a/m");
        request = request with { Messages = [.. request.Messages, new ChatMessage(ChatRole.Assistant, [ToolCallArguments.ToContent("call_0", "grep", "{}")])] };

        var ids = (await lab.RunAsync(request)).OfType<ModelEvent.ToolCall>().Select(call => call.Id).ToList();

        Assert.NotEqual("call_0", ids[0]);
        Assert.Equal("call_1", ids[1]);
    }

    [Theory]
    [InlineData("no-usage")]
    [InlineData("no-done")]
    [InlineData("no-done+no-usage")]
    [InlineData("json")]
    [InlineData("json+no-usage")]
    public async Task Servers_that_leave_things_out_are_understood(string model)
    {
        await using var lab = await ModelLab.StartAsync();

        var events = await lab.RunAsync("a/" + model);

        Assert.Equal("Hello there", ModelLab.Text(events));
        Assert.Equal(!model.Contains("no-usage", StringComparison.Ordinal), events.OfType<ModelEvent.Usage>().Any());
    }

    [Fact]
    public async Task Comments_between_frames_are_no_answer()
    {
        await using var lab = await ModelLab.StartAsync();
        lab.A.Enqueue(ModelScript.Say("a", "b") with { KeepsAlive = true });

        Assert.Equal("ab", ModelLab.Text(await lab.RunAsync("a/m")));
    }

    [Fact]
    public async Task An_answer_is_complete_when_the_model_said_so_even_if_the_server_never_hangs_up()
    {
        await using var lab = await ModelLab.StartAsync();
        lab.A.Enqueue(ModelScript.Say("done") with { OmitsDone = true, OmitsUsage = true, StaysOpen = true });
        var armed = lab.Clock.Armed(wait => wait == TimeSpan.FromSeconds(5));

        var run = lab.RunAsync("a/m");
        await armed.WaitAsync(ModelLab.Generous, ModelLab.Token);
        lab.Clock.Advance(TimeSpan.FromSeconds(5));

        Assert.Equal("done", ModelLab.Text(await run.WaitAsync(ModelLab.Generous, ModelLab.Token)));
    }

    public static TheoryData<string, string[]> Dialects => new()
    {
        { "reasoning instead of reasoning_content", ["data: {\"choices\":[{\"delta\":{\"reasoning\":\"T\",\"reasoning_content\":\"T\"}}]}\n\n", End("A")] },
        { "CRLF and no blank after the colon", ["data:{\"choices\":[{\"delta\":{\"reasoning\":\"T\"}}]}\r\n\r\n", End("A")] },
        { "no blank lines between frames", ["data: {\"choices\":[{\"delta\":{\"reasoning\":\"T\"}}]}\n" + End("A")] },
        { "a frame of two lines", ["data: {\"choices\":\ndata: [{\"delta\":{\"reasoning\":\"T\"}}]}\n\n", End("A")] },
        { "a frame in two reads", ["data: {\"choices\":[{\"del", "ta\":{\"reasoning\":\"T\"}}]}\n\n", End("A")] },
        { "unknown fields everywhere", ["data: {\"x\":{\"y\":[1,{}]},\"choices\":[{\"z\":[[]],\"delta\":{\"q\":{},\"reasoning\":\"T\",\"tool_calls\":null}}]}\n\n", End("A")] },
        { "parts as Mistral sends them", ["data: {\"choices\":[{\"delta\":{\"content\":[{\"type\":\"thinking\",\"thinking\":[{\"type\":\"text\",\"text\":\"T\"}]},{\"type\":\"text\",\"text\":\"A\"}]}}]}\n\n", End("")] },
        { "no line end after the last frame", ["data: {\"choices\":[{\"delta\":{\"reasoning\":\"T\",\"content\":\"A\"}}]}\n\n", "data: {\"choices\":[{\"delta\":{},\"finish_reason\":\"stop\"}]}"] },
        { "done without a reason", ["data: {\"choices\":[{\"delta\":{\"reasoning\":\"T\",\"content\":\"A\"}}]}\n\ndata: [DONE]\n\n"] },
        { "several choices", ["data: {\"choices\":[{\"delta\":{\"reasoning\":\"T\",\"content\":\"A\"}},{\"delta\":{\"content\":\"B\"}}]}\n\n", End("")] },
        { "escapes and a null error", ["data: {\"error\":null,\"choices\":[{\"delta\":{\"reasoning\":\"\\u0054\",\"content\":null}}]}\n\n", End("\\u0041")] },
    };

    [Theory]
    [MemberData(nameof(Dialects))]
    public async Task Every_dialect_says_the_same(string dialect, string[] frames)
    {
        await using var lab = await ModelLab.StartAsync();
        lab.A.Enqueue(new ModelScript { RawFrames = frames });

        var events = await lab.RunAsync("a/m");

        Assert.Equal((dialect, "T", "A"), (dialect, ModelLab.Thought(events), ModelLab.Text(events)));
    }

    public static TheoryData<string, string[]> ToolDialects => new()
    {
        { "all calls numbered 0, told apart by id", [Calls("{\"index\":0,\"id\":\"x\",\"function\":{\"name\":\"t\",\"arguments\":\"{}\"}}"), Calls("{\"index\":0,\"id\":\"y\",\"function\":{\"name\":\"u\",\"arguments\":\"{}\"}}"), End("")] },
        { "no index, whole calls at once", [Calls("{\"id\":\"x\",\"function\":{\"name\":\"t\",\"arguments\":\"{}\"}},{\"id\":\"y\",\"function\":{\"name\":\"u\",\"arguments\":\"\"}}"), End("")] },
        { "arguments as an object", [Calls("{\"index\":0,\"id\":\"x\",\"function\":{\"name\":\"t\",\"arguments\":{}}},{\"index\":1,\"id\":\"y\",\"function\":{\"name\":\"u\"}}"), End("")] },
        { "the id repeated in every piece", [Calls("{\"index\":0,\"id\":\"x\",\"function\":{\"name\":\"t\",\"arguments\":\"{\"}}"), Calls("{\"index\":0,\"id\":\"x\",\"function\":{\"name\":null,\"arguments\":\"}\"}},{\"index\":1,\"id\":\"y\",\"function\":{\"name\":\"u\",\"arguments\":null}}"), End("")] },
    };

    [Theory]
    [MemberData(nameof(ToolDialects))]
    public async Task Tool_calls_are_put_together_in_every_dialect(string dialect, string[] frames)
    {
        await using var lab = await ModelLab.StartAsync();
        lab.A.Enqueue(new ModelScript { RawFrames = frames });

        var calls = (await lab.RunAsync("a/m")).OfType<ModelEvent.ToolCall>();

        Assert.Equal((dialect, "x t {}, y u {}"), (dialect, string.Join(", ", calls.Select(call => $"{call.Id} {call.Name} {call.ArgumentsJson}"))));
    }

    [Fact]
    public async Task Every_call_without_an_id_gets_one()
    {
        await using var lab = await ModelLab.StartAsync();
        lab.A.Enqueue(new ModelScript { RawFrames = [Calls("{\"index\":0,\"function\":{\"name\":\"t\",\"arguments\":\"{}\"}},{\"index\":1,\"function\":{\"name\":\"t\",\"arguments\":\"{}\"}}"), End("")] });

        var ids = (await lab.RunAsync("a/m")).OfType<ModelEvent.ToolCall>().Select(call => call.Id).ToList();

        Assert.Equal(2, ids.Distinct().Count(id => id.Length > 5));
    }

    [Fact]
    public async Task A_call_cut_at_the_token_limit_is_dropped()
    {
        await using var lab = await ModelLab.StartAsync();
        lab.A.Enqueue(ModelScript.Call(new ScriptedToolCall("c", "write_file", "{\"path\":\"a\",\"content\":\"unfinish")) with { Tokens = ["Writing."], StopReason = "length" });

        var events = await lab.RunAsync("a/m");

        Assert.Empty(events.OfType<ModelEvent.ToolCall>());
        Assert.Equal("length", Assert.IsType<ModelEvent.Completed>(events[^1]).StopReason);
    }

    [Fact]
    public async Task Images_go_to_models_that_see_and_are_named_to_those_that_do_not()
    {
        await using var lab = await ModelLab.StartAsync(""", "models": [ { "id": "sees", "input": ["text", "image"] }, { "id": "blind" } ]""");
        var picture = new DataContent(new byte[] { 1, 2, 3, 250 }, "image/png") { Name = "cat.png" };
        ModelRequest With(string model) => lab.Request(model) with { Messages = [new ChatMessage(ChatRole.User, [new TextContent("What is it?"), picture])] };

        await lab.RunAsync(With("a/sees"));
        await lab.RunAsync(With("a/blind"));

        var seen = lab.A.Requests[0].Body.GetProperty("messages")[0].GetProperty("content")[1];
        Assert.Equal("data:image/png;base64,AQID+g==", seen.GetProperty("image_url").GetProperty("url").GetString());
        Assert.Contains("cat.png", lab.A.Requests[1].Body.GetProperty("messages")[0].GetProperty("content")[1].GetProperty("text").GetString(), StringComparison.Ordinal);
        Assert.True(lab.Catalog.SupportsImages(ModelLab.Ref("a/sees")));
        Assert.False(lab.Catalog.SupportsImages(ModelLab.Ref("a/blind")));
    }

    [Theory]
    [InlineData("openai", "high", "reasoning_effort", "\"high\"")]
    [InlineData("openrouter", "minimal", "reasoning", """{"effort":"low"}""")]
    [InlineData("zai", "off", "thinking", """{"type":"disabled"}""")]
    [InlineData("qwen", "medium", "enable_thinking", "true")]
    public async Task A_thinking_level_is_written_as_the_server_wants_it(string format, string level, string name, string value)
    {
        await using var lab = await ModelLab.StartAsync($$""", "models": [ { "id": "m", "reasoning": true, "compat": { "thinkingFormat": "{{format}}" } } ]""");

        await lab.RunAsync(lab.Request("a/m") with { Thinking = level });

        Assert.Equal(value, lab.A.Requests[0].Body.GetProperty(name).GetRawText());
    }

    [Fact]
    public async Task A_model_without_reasoning_is_not_asked_to_think()
    {
        await using var lab = await ModelLab.StartAsync();

        await lab.RunAsync(lab.Request("a/m") with { Thinking = "high" });

        Assert.False(lab.A.Requests[0].Body.TryGetProperty("reasoning_effort", out _));
    }

    [Theory]
    [InlineData("Unsupported parameter: 'max_tokens' is not supported with this model. Use 'max_completion_tokens' instead.", "max_tokens")]
    [InlineData("Unsupported value: 'temperature' does not support 0.5 with this model. Only the default is not supported.", "temperature")]
    [InlineData("body.stream_options: Extra inputs are not permitted", "stream_options")]
    public async Task A_parameter_that_the_server_refuses_is_left_out_and_stays_out(string message, string parameter)
    {
        await using var lab = await ModelLab.StartAsync();
        lab.A.Enqueue(ModelScript.Fail(400, message: message));

        Assert.Equal("Hello there", ModelLab.Text(await lab.RunAsync("a/m")));
        await lab.RunAsync("a/m");

        Assert.Equal([true, false, false], lab.A.Requests.Select(request => request.Body.TryGetProperty(parameter, out _)));
    }

    [Fact]
    public async Task Text_that_is_no_unicode_is_sent_as_replacement_characters()
    {
        await using var lab = await ModelLab.StartAsync();

        await lab.RunAsync(lab.Request("a/say-ok") with { Messages = [new ChatMessage(ChatRole.User, "a\ud800b \u202e \0 \"")] });

        Assert.Equal("a\ufffdb \u202e \0 \"", lab.A.Requests[0].Body.GetProperty("messages")[0].GetProperty("content").GetString());
    }

    private static string Calls(string calls) => $"data: {{\"choices\":[{{\"delta\":{{\"tool_calls\":[{calls}]}}}}]}}\n\n";

    private static string End(string text) => $"data: {{\"choices\":[{{\"delta\":{{\"content\":\"{text}\"}},\"finish_reason\":\"stop\"}}]}}\n\ndata: [DONE]\n\n";
}
