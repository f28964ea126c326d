using Microsoft.Extensions.AI;
using Xopc.Agents.Models;
using Xopc.Agents.Tools;
using Xopc.Testing.Models;

namespace Xopc.Agents.Tests.Models;

public sealed class ClaudeChatTests
{
    private const string Thinker = """, "models": [ { "id": "claude-sonnet-4-5", "reasoning": true, "input": ["text", "image"], "maxTokens": 64000 }, { "id": "claude-opus-4-6", "reasoning": true } ]""";

    [Fact]
    public async Task An_answer_streams_with_its_usage()
    {
        await using var lab = await ModelLab.StartAsync();
        lab.C.Enqueue(ModelScript.Say("Good", " morning"));

        var events = await lab.RunAsync("c/m");

        Assert.Equal("Good morning", ModelLab.Text(events));
        Assert.Equal(new ModelEvent.Usage(10, 2, 4, 2), events[^2]);
        Assert.Equal(new ModelEvent.Completed(ModelLab.Ref("c/m"), "stop"), events[^1]);
    }

    [Fact]
    public async Task The_request_is_what_the_protocol_wants_and_is_made_once()
    {
        await using var lab = await ModelLab.StartAsync();

        await lab.RunAsync("c/m");

        var request = Assert.Single(lab.C.Requests);
        Assert.Equal("key-of-c", request.Headers["x-api-key"]);
        Assert.False(request.Headers.ContainsKey("authorization"));
        Assert.False(request.Headers.ContainsKey("traceparent"));
        Assert.NotEmpty(request.Headers["anthropic-version"]);
        Assert.Equal(1000, request.Body.GetProperty("max_tokens").GetInt32());
        Assert.Contains("Be brief.", request.Body.GetProperty("system").GetRawText(), StringComparison.Ordinal);
        Assert.True(request.Body.GetProperty("stream").GetBoolean());
    }

    [Fact]
    public async Task A_provider_may_want_the_key_as_a_bearer_token()
    {
        await using var lab = await ModelLab.StartAsync(moreC: """, "authHeader": true, "headers": { "x-team": "blue" }""");

        await lab.RunAsync("c/m");

        var headers = Assert.Single(lab.C.Requests).Headers;
        Assert.Equal(("Bearer key-of-c", "blue", false), (headers["authorization"], headers["x-team"], headers.ContainsKey("x-api-key")));
    }

    [Fact]
    public async Task Tools_are_called_in_parallel_and_their_results_understood()
    {
        await using var lab = await ModelLab.StartAsync();
        lab.C.ForModel("m", ModelScript.Call(new("t1", "read_file", """{"path":"a.md"}"""), new("t2", "current_time", "{}")) with { Tokens = ["Looking."] });
        var request = lab.Request("c/m") with { Tools = ToolSet.For(new(), Path.GetTempPath(), lab.Clock).ForModel };

        var events = await lab.RunAsync(request);

        Assert.Equal("t1 read_file {\"path\":\"a.md\"}, t2 current_time {}", string.Join(", ", events.OfType<ModelEvent.ToolCall>().Select(call => $"{call.Id} {call.Name} {call.ArgumentsJson}")));
        Assert.Equal("toolUse", Assert.IsType<ModelEvent.Completed>(events[^1]).StopReason);
        var second = await lab.RunAsync(request with
        {
            Messages =
            [
                .. request.Messages,
                new ChatMessage(ChatRole.Assistant, [.. events.OfType<ModelEvent.ToolCall>().Select(call => (AIContent)ToolCallArguments.ToContent(call.Id, call.Name, call.ArgumentsJson))]),
                new ChatMessage(ChatRole.Tool, [new FunctionResultContent("t1", "some text"), new FunctionResultContent("t2", "noon")]),
            ],
        });
        Assert.StartsWith("The tool said: ", ModelLab.Text(second), StringComparison.Ordinal);
        Assert.Equal("""{"path":"a.md"}""", lab.C.Requests[1].Body.GetProperty("messages")[1].GetProperty("content")[0].GetProperty("input").GetRawText());
    }

    [Fact]
    public async Task Thinking_streams_with_its_signature_and_goes_back_only_when_signed()
    {
        await using var lab = await ModelLab.StartAsync(moreC: Thinker);
        lab.C.Enqueue(ModelScript.Call(new ScriptedToolCall("t1", "current_time", "{}")) with { Thinking = ["Hm", " yes"] });
        var request = lab.Request("c/claude-sonnet-4-5") with { Thinking = "medium", MaxTokens = 20_000 };

        var events = await lab.RunAsync(request);

        Assert.Equal("Hm yes", ModelLab.Thought(events));
        Assert.Equal(FakeAnthropicServer.Signature, Assert.Single(events.OfType<ModelEvent.ThinkingSignature>()).Signature);
        var first = lab.C.Requests[0].Body;
        Assert.Equal("enabled", first.GetProperty("thinking").GetProperty("type").GetString());
        Assert.InRange(first.GetProperty("thinking").GetProperty("budget_tokens").GetInt32(), 1024, first.GetProperty("max_tokens").GetInt32() - 1);
        Assert.False(first.TryGetProperty("temperature", out _));

        ModelRequest Continue(string? signature) => request with
        {
            Messages =
            [
                .. request.Messages,
                new ChatMessage(ChatRole.Assistant, [new TextReasoningContent("Hm yes") { ProtectedData = signature }, ToolCallArguments.ToContent("t1", "current_time", "{}")]),
                new ChatMessage(ChatRole.Tool, [new FunctionResultContent("t1", "noon")]),
            ],
        };
        await lab.RunAsync(Continue(FakeAnthropicServer.Signature));
        await lab.RunAsync(Continue(null));

        var signed = lab.C.Requests[1].Body;
        Assert.Equal("thinking", signed.GetProperty("messages")[1].GetProperty("content")[0].GetProperty("type").GetString());
        Assert.True(signed.TryGetProperty("thinking", out _));
        var unsigned = lab.C.Requests[2].Body;
        Assert.Equal("tool_use", unsigned.GetProperty("messages")[1].GetProperty("content")[0].GetProperty("type").GetString());
        Assert.False(unsigned.TryGetProperty("thinking", out _));
    }

    [Fact]
    public async Task Newer_models_are_asked_to_think_as_they_see_fit()
    {
        await using var lab = await ModelLab.StartAsync(moreC: Thinker);

        await lab.RunAsync(lab.Request("c/claude-opus-4-6") with { Thinking = "high" });

        Assert.Equal("adaptive", lab.C.Requests[0].Body.GetProperty("thinking").GetProperty("type").GetString());
    }

    [Theory]
    [InlineData("claude-sonnet-4-5-20250929", false)]
    [InlineData("claude-sonnet-4.5", false)]
    [InlineData("claude-3-7-sonnet-latest", false)]
    [InlineData("claude-sonnet-4-20250514", false)]
    [InlineData("claude-opus-4-6", true)]
    [InlineData("claude-opus-5", true)]
    [InlineData("kimi-k2", false)]
    public void The_kind_of_thinking_follows_from_the_name(string model, bool adaptive) => Assert.Equal(adaptive, ClaudeModels.ThinksAdaptively(model));

    [Fact]
    public async Task Small_token_limits_leave_no_room_to_think()
    {
        await using var lab = await ModelLab.StartAsync(moreC: Thinker);

        await lab.RunAsync(lab.Request("c/claude-sonnet-4-5") with { Thinking = "high", MaxTokens = 500 });

        var body = lab.C.Requests[0].Body;
        Assert.True(!body.TryGetProperty("thinking", out var thinking) || thinking.GetProperty("budget_tokens").GetInt32() < body.GetProperty("max_tokens").GetInt32());
    }

    [Theory]
    [InlineData("status-401", ModelFailureKind.Unauthorized, "answered 401: the key was refused", 1)]
    [InlineData("status-429", ModelFailureKind.RateLimited, "answered 429: too many requests", 3)]
    [InlineData("status-529", ModelFailureKind.Overloaded, "answered 529: it is overloaded", 3)]
    [InlineData("status-500", ModelFailureKind.Overloaded, "answered 500: it has an internal error", 3)]
    [InlineData("overflow", ModelFailureKind.ContextTooLong, "answered 400: the conversation is too long for the model", 1)]
    [InlineData("html", ModelFailureKind.Malformed, "answered 200 with a web page: is its base URL right?", 1)]
    [InlineData("empty", ModelFailureKind.Empty, "gave an empty answer", 3)]
    [InlineData("tokens-3+end-after-2", ModelFailureKind.Network, "broke off in the middle of an answer", 3)]
    [InlineData("tokens-3+cut-after-1", ModelFailureKind.Network, "broke", 3)]
    [InlineData("tokens-3+malformed-after-1", ModelFailureKind.Malformed, "sent something", 3)]
    public async Task Every_misbehaviour_has_its_kind_and_its_number_of_tries(string model, object kind, string cause, int tries)
    {
        await using var lab = await ModelLab.StartAsync();

        var failure = await lab.FailAsync("c/" + model);

        Assert.Equal((kind, tries), (failure.Kind, lab.C.Requests.Count));
        Assert.StartsWith($"c/{model} {cause}", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_overload_inside_the_stream_is_recognised()
    {
        await using var lab = await ModelLab.StartAsync();
        lab.C.ForModel("m", ModelScript.Say("a", "b") with { ErrorAfter = 1, ErrorCode = "overloaded_error" });

        var failure = await lab.FailAsync("c/m");

        Assert.Equal((ModelFailureKind.Overloaded, "c/m broke off with an error: it is overloaded"), (failure.Kind, failure.Message));
        Assert.True(lab.Cooldowns.IsCooling(ModelLab.Ref("c/m")));
    }

    [Fact]
    public async Task Retry_after_is_honoured()
    {
        await using var lab = await ModelLab.StartAsync();
        lab.C.Enqueue(ModelScript.Fail(429, retryAfter: "2"), ModelScript.Say("waited"));

        Assert.Equal("waited", ModelLab.Text(await lab.RunAsync("c/m")));
        Assert.Contains(TimeSpan.FromSeconds(2), lab.Clock.Pauses);
    }

    [Fact]
    public async Task Images_go_to_models_that_see()
    {
        await using var lab = await ModelLab.StartAsync(moreC: Thinker);
        var picture = new DataContent(new byte[] { 1, 2, 3 }, "image/png");

        await lab.RunAsync(lab.Request("c/claude-sonnet-4-5") with { Messages = [new ChatMessage(ChatRole.User, [new TextContent("What?"), picture])] });

        var source = lab.C.Requests[0].Body.GetProperty("messages")[0].GetProperty("content")[1].GetProperty("source");
        Assert.Equal(("image/png", "AQID"), (source.GetProperty("media_type").GetString(), source.GetProperty("data").GetString()));
    }

    [Fact]
    public async Task Silence_ends_a_call_and_cancellation_leaves_no_request_behind()
    {
        await using var lab = await ModelLab.StartAsync();
        var silent = lab.Clock.Armed(wait => wait == TimeSpan.FromSeconds(60));

        var run = lab.FailAsync("c/hang");
        await silent.WaitAsync(ModelLab.Generous, ModelLab.Token);
        lab.Clock.Advance(TimeSpan.FromSeconds(60));

        Assert.Equal("c/hang said nothing for 60 s", (await run.WaitAsync(ModelLab.Generous, ModelLab.Token)).Message);
    }
}
