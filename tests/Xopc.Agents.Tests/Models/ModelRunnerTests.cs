using Microsoft.Extensions.AI;
using Xopc.Agents.Models;
using Xopc.Configuration;
using Xopc.Testing.Models;

namespace Xopc.Agents.Tests.Models;

public sealed class ModelRunnerTests
{
    [Theory]
    [InlineData(429)]
    [InlineData(500)]
    [InlineData(502)]
    [InlineData(503)]
    [InlineData(408)]
    public async Task A_transient_failure_is_tried_again_on_the_same_model(int status)
    {
        await using var lab = await ModelLab.StartAsync();
        lab.A.Enqueue(ModelScript.Fail(status), ModelScript.Fail(status), ModelScript.Say("third time"));

        var events = await lab.RunAsync("a/m", "b/m");

        Assert.Equal("third time", ModelLab.Text(events));
        Assert.Empty(lab.B.Requests);
        Assert.Empty(events.OfType<ModelEvent.Restarted>());
        Assert.InRange(lab.Clock.Pauses[0].TotalMilliseconds, 200, 300);
        Assert.InRange(lab.Clock.Pauses[1].TotalMilliseconds, 400, 600);
    }

    [Fact]
    public async Task After_three_tries_the_next_candidate_answers()
    {
        await using var lab = await ModelLab.StartAsync();
        lab.A.ForModel("m", ModelScript.Fail(500));
        lab.B.ForModel("m", ModelScript.Say("from b"));

        var events = await lab.RunAsync("a/m", "b/m");

        Assert.Equal("from b", ModelLab.Text(events));
        Assert.Equal(ModelLab.Ref("b/m"), Assert.IsType<ModelEvent.Completed>(events[^1]).Model);
        Assert.Equal(3, lab.A.Requests.Count);
    }

    [Theory]
    [InlineData(401, null, ModelFailureKind.Unauthorized, "a/m answered 401: the key was refused")]
    [InlineData(403, null, ModelFailureKind.Unauthorized, "a/m answered 403: the key may not use this model")]
    [InlineData(402, null, ModelFailureKind.RateLimited, "a/m answered 402: the account has no credit left")]
    [InlineData(404, null, ModelFailureKind.BadRequest, "a/m answered 404: there is no such model or address")]
    [InlineData(400, "No tools here.", ModelFailureKind.BadRequest, "a/m answered 400: No tools here.")]
    [InlineData(400, "This model's maximum context length is 8192 tokens.", ModelFailureKind.ContextTooLong, "a/m answered 400: the conversation is too long for the model")]
    [InlineData(413, null, ModelFailureKind.ContextTooLong, "a/m answered 413: the conversation is too long for the model")]
    public async Task What_a_repetition_cannot_help_goes_to_the_next_candidate_at_once(int status, string? message, object kind, string text)
    {
        await using var lab = await ModelLab.StartAsync();
        lab.A.ForModel("m", ModelScript.Fail(status, message: message));

        Assert.Equal("Hello there", ModelLab.Text(await lab.RunAsync("a/m", "b/m")));
        Assert.Single(lab.A.Requests);

        var failure = await lab.FailAsync("a/m");
        Assert.Equal((kind, text), (failure.Kind, failure.Message));
    }

    [Fact]
    public async Task A_used_up_quota_is_no_reason_to_try_again()
    {
        await using var lab = await ModelLab.StartAsync();
        lab.A.ForModel("m", ModelScript.Fail(429, code: "insufficient_quota"));

        var failure = await lab.FailAsync("a/m");

        Assert.Equal("a/m answered 429: the account's quota is used up", failure.Message);
        Assert.Single(lab.A.Requests);
    }

    [Theory]
    [InlineData("a/status-400+tell")]
    [InlineData("a/status-422+tell")]
    [InlineData("a/error-after-1+tell")]
    [InlineData("c/status-400+tell")]
    [InlineData("c/status-422+tell")]
    public async Task Key_and_headers_that_a_provider_repeats_are_not_shown_whatever_they_look_like(string model)
    {
        const string Headers = """, "headers": { "X-Team": "Blue. Whale", "X-Pass": "half.of.it" } """;
        await using var lab = await ModelLab.StartAsync(Headers, Headers);
        var script = ModelScript.ByName(model[2..]) with { ErrorCode = "invalid_request" };
        lab.A.Enqueue(script);
        lab.C.Enqueue(script);

        var failure = await lab.FailAsync(model);

        Assert.Contains(" ***", failure.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("key-of-", failure.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("half.of.it", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_key_in_a_providers_reason_is_not_shown()
    {
        await using var lab = await ModelLab.StartAsync();
        lab.A.ForModel("m", ModelScript.Fail(400, message: "Bad key sk-proj-abcdef0123456789 and Bearer abc.def\nin header"));

        Assert.Equal("a/m answered 400: Bad key *** and *** in header", (await lab.FailAsync("a/m")).Message);
    }

    [Fact]
    public async Task The_failure_names_every_candidate_and_its_cause()
    {
        await using var lab = await ModelLab.StartAsync();

        var failure = await lab.FailAsync("a/status-401", "b/status-404", "nobody/x", "openai/gpt-5");

        Assert.Equal(
            "a/status-401 answered 401: the key was refused; b/status-404 answered 404: there is no such model or address; "
            + "nobody/x is unknown: there is no such provider; openai/gpt-5 is not configured: set OPENAI_API_KEY", failure.Message);
        Assert.Equal(ModelFailureKind.NotConfigured, failure.Kind);
    }

    [Fact]
    public async Task Retry_after_is_honoured_when_it_fits()
    {
        await using var lab = await ModelLab.StartAsync();
        lab.A.Enqueue(ModelScript.Fail(429, retryAfter: "2"), ModelScript.Say("waited"));

        Assert.Equal("waited", ModelLab.Text(await lab.RunAsync("a/m")));
        Assert.Equal([TimeSpan.FromSeconds(2)], lab.Clock.Pauses);
    }

    [Fact]
    public async Task A_long_retry_after_is_waited_for_only_without_another_candidate()
    {
        await using var lab = await ModelLab.StartAsync();
        lab.A.Enqueue(ModelScript.Fail(429, retryAfter: "40"));
        Assert.Equal("Hello there", ModelLab.Text(await lab.RunAsync("a/m", "b/m")));
        Assert.Single(lab.A.Requests);

        lab.A.Enqueue(ModelScript.Fail(429, retryAfter: "40"), ModelScript.Say("waited"));
        var armed = lab.Clock.Armed(wait => wait == TimeSpan.FromSeconds(40));
        var run = lab.RunAsync("a/n");
        await armed.WaitAsync(ModelLab.Generous, ModelLab.Token);
        lab.Clock.Advance(TimeSpan.FromSeconds(40));
        Assert.Equal("waited", ModelLab.Text(await run));
    }

    [Fact]
    public async Task A_retry_after_beyond_the_deadline_is_not_waited_for()
    {
        await using var lab = await ModelLab.StartAsync();
        lab.A.ForModel("m", ModelScript.Fail(429, retryAfter: "3600"));

        var failure = await lab.FailAsync("a/m");

        Assert.Equal((ModelFailureKind.RateLimited, 1), (failure.Kind, lab.A.Requests.Count));
    }

    [Theory]
    [InlineData("cut")]
    [InlineData("end")]
    [InlineData("malformed")]
    [InlineData("error")]
    public async Task What_was_shown_by_a_call_that_broke_is_taken_back(string how)
    {
        await using var lab = await ModelLab.StartAsync();
        var shown = new TaskCompletionSource();
        lab.A.Enqueue(
            ModelScript.ByName($"tokens-5+{how}-after-3") with { ErrorCode = "server_error", Gate = token => token == 2 ? shown.Task : Task.CompletedTask },
            ModelScript.Say("whole", " answer"));

        var events = await lab.RunAsync(lab.Request("a/m", "b/m"), _ => shown.TrySetResult());

        Assert.Equal("whole answer", ModelLab.Text(events));
        var restart = Assert.Single(events.OfType<ModelEvent.Restarted>());
        Assert.Equal((ModelLab.Ref("a/m"), ModelLab.Ref("a/m")), (restart.Failed, restart.Next));
        Assert.Empty(lab.B.Requests);
    }

    [Fact]
    public async Task A_restart_on_the_next_candidate_names_it()
    {
        await using var lab = await ModelLab.StartAsync();
        var shown = new TaskCompletionSource();
        lab.A.ForModel("m", ModelScript.ByName("tokens-5+error-after-3") with
        {
            ErrorCode = "invalid_api_key",
            Gate = token => token == 2 ? shown.Task : Task.CompletedTask,
        });

        var events = await lab.RunAsync(lab.Request("a/m", "b/m"), _ => shown.TrySetResult());

        var restart = Assert.Single(events.OfType<ModelEvent.Restarted>());

        Assert.Equal((ModelLab.Ref("a/m"), ModelLab.Ref("b/m")), (restart.Failed, restart.Next));
        Assert.Contains("the key was refused", restart.Reason, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("empty", ModelFailureKind.Empty, "gave an empty answer")]
    [InlineData("html", ModelFailureKind.Malformed, "answered 200 with a web page: is its base URL right?")]
    [InlineData("html+status-404", ModelFailureKind.Malformed, "answered 404 with a web page: is its base URL right?")]
    [InlineData("tokens-3+malformed-after-0", ModelFailureKind.Malformed, "sent something that is no chat completion")]
    [InlineData("tokens-3+cut-after-0", ModelFailureKind.Network, "broke")]
    [InlineData("tokens-3+end-after-1", ModelFailureKind.Network, "broke off in the middle of an answer")]
    [InlineData("status-503", ModelFailureKind.Overloaded, "answered 503: it is overloaded")]
    public async Task Every_misbehaviour_has_its_kind(string model, object kind, string cause)
    {
        await using var lab = await ModelLab.StartAsync();

        var failure = await lab.FailAsync("a/" + model);

        Assert.Equal(kind, failure.Kind);
        Assert.StartsWith($"a/{model} {cause}", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Thinking_without_an_answer_is_empty()
    {
        await using var lab = await ModelLab.StartAsync();
        lab.A.ForModel("m", ModelScript.Say() with { Thinking = ["hm"], StopReason = "length" });

        Assert.Equal("a/m used up its token limit before the first word of its answer", (await lab.FailAsync("a/m")).Message);
        Assert.Single(lab.A.Requests);
    }

    [Fact]
    public async Task Tool_arguments_that_are_no_object_are_malformed()
    {
        await using var lab = await ModelLab.StartAsync();
        lab.A.ForModel("m", ModelScript.Call(new ScriptedToolCall("c", "grep", "{\"pattern\": oops")));

        Assert.Equal(ModelFailureKind.Malformed, (await lab.FailAsync("a/m")).Kind);
    }

    [Fact]
    public async Task A_server_that_is_not_there_is_named_as_such()
    {
        await using var lab = await ModelLab.StartAsync();
        await lab.A.DisposeAsync();

        var failure = await lab.FailAsync("a/m");

        Assert.Equal((ModelFailureKind.Network, "a/m cannot be reached: connection refused"), (failure.Kind, failure.Message));
    }

    [Theory]
    [InlineData("hang")]
    [InlineData("tokens-5+hang-after-2")]
    public async Task Silence_ends_a_call_and_the_next_candidate_answers(string model)
    {
        await using var lab = await ModelLab.StartAsync();
        var silent = lab.Clock.Armed(wait => wait == TimeSpan.FromSeconds(60));
        var shown = new TaskCompletionSource();
        var events = new List<ModelEvent>();

        var run = Task.Run(async () =>
        {
            await foreach (var next in lab.Runner.StreamAsync(lab.Request("a/" + model, "b/m"), ModelLab.Token))
            {
                events.Add(next);
                if (ModelLab.Text(events).Trim() == "0 1")
                {
                    silent = lab.Clock.Armed(wait => wait == TimeSpan.FromSeconds(60));
                    shown.TrySetResult();
                }
            }
        }, ModelLab.Token);
        await lab.A.RequestArrivedAsync(ModelLab.Token).WaitAsync(ModelLab.Generous, ModelLab.Token);
        await (model == "hang" ? Task.CompletedTask : shown.Task).WaitAsync(ModelLab.Generous, ModelLab.Token);
        await silent.WaitAsync(ModelLab.Generous, ModelLab.Token);
        lab.Clock.Advance(TimeSpan.FromSeconds(60));
        await run.WaitAsync(ModelLab.Generous, ModelLab.Token);

        Assert.Equal("Hello there", ModelLab.Text(events));
        Assert.Equal(model == "hang" ? 0 : 1, events.OfType<ModelEvent.Restarted>().Count());
        Assert.Single(lab.A.Requests);
    }

    [Fact]
    public async Task A_model_may_have_an_idle_time_out_of_its_own()
    {
        await using var lab = await ModelLab.StartAsync(""", "models": [ { "id": "hang", "idleTimeoutMs": 7000 } ]""");
        var silent = lab.Clock.Armed(wait => wait == TimeSpan.FromSeconds(7));

        var run = lab.FailAsync("a/hang");
        await silent.WaitAsync(ModelLab.Generous, ModelLab.Token);
        lab.Clock.Advance(TimeSpan.FromSeconds(7));

        Assert.Equal("a/hang said nothing for 7 s", (await run).Message);
    }

    [Fact]
    public async Task The_deadline_is_one_for_all_candidates()
    {
        await using var lab = await ModelLab.StartAsync();
        var request = lab.Request("a/hang", "b/m") with { Deadline = lab.Clock.GetUtcNow() + TimeSpan.FromSeconds(20) };
        var armed = lab.Clock.Armed(wait => wait == TimeSpan.FromSeconds(20));

        var run = Assert.ThrowsAsync<ModelFailureException>(() => lab.RunAsync(request));
        await armed.WaitAsync(ModelLab.Generous, ModelLab.Token);
        lab.Clock.Advance(TimeSpan.FromSeconds(20));
        var failure = await run;

        Assert.Equal((ModelFailureKind.Timeout, "a/hang did not finish before the deadline of the turn"), (failure.Kind, failure.Message));
        Assert.Empty(lab.B.Requests);
    }

    [Fact]
    public async Task Cancellation_is_no_failure_and_asks_no_other_model()
    {
        await using var lab = await ModelLab.StartAsync();
        using var stop = new CancellationTokenSource();
        var request = lab.Request("a/tokens-5+hang-after-2", "b/m");

        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () =>
        {
            await foreach (var next in lab.Runner.StreamAsync(request, stop.Token))
            {
                if (next is ModelEvent.Text)
                {
                    await stop.CancelAsync();
                }
            }
        });

        Assert.Empty(lab.B.Requests);
        Assert.Single(lab.A.Requests);
    }

    [Fact]
    public async Task An_overloaded_model_is_passed_over_until_its_wait_is_over_and_then_comes_back()
    {
        await using var lab = await ModelLab.StartAsync();
        lab.A.ForModel("m", ModelScript.Fail(429, retryAfter: "60"));
        await lab.RunAsync("a/m", "b/m");
        lab.A.ForModel("m", ModelScript.Say("primary"));

        Assert.Equal("Hello there", ModelLab.Text(await lab.RunAsync("a/m", "b/m")));
        Assert.Single(lab.A.Requests);
        Assert.Equal("primary", ModelLab.Text(await lab.RunAsync("a/m")));

        lab.A.Enqueue(ModelScript.Fail(429, retryAfter: "60"));
        await lab.RunAsync("a/m", "b/m");
        lab.Clock.Advance(TimeSpan.FromSeconds(60));
        Assert.Equal("primary", ModelLab.Text(await lab.RunAsync("a/m", "b/m")));
    }

    [Fact]
    public void Only_one_call_probes_a_model_that_was_overloaded()
    {
        var clock = new PausingClock();
        var cooldowns = new ModelCooldowns(clock);
        var model = ModelLab.Ref("a/m");
        cooldowns.Failed(model, null);
        Assert.False(cooldowns.TryEnter(model));

        clock.Advance(TimeSpan.FromSeconds(30));
        Assert.True(cooldowns.TryEnter(model));
        Assert.False(cooldowns.TryEnter(model));

        cooldowns.Failed(model, null);
        clock.Advance(TimeSpan.FromSeconds(59));
        Assert.False(cooldowns.TryEnter(model));
        clock.Advance(TimeSpan.FromSeconds(1));
        Assert.True(cooldowns.TryEnter(model));
        cooldowns.Left(model);
        Assert.True(cooldowns.TryEnter(model));
        cooldowns.Succeeded(model);
        Assert.True(cooldowns.TryEnter(model));
        Assert.True(cooldowns.TryEnter(model));
    }

    [Fact]
    public void The_table_of_overloaded_models_is_bounded()
    {
        var cooldowns = new ModelCooldowns(new PausingClock());
        for (var i = 0; i < 1000; i++)
        {
            cooldowns.Failed(new ModelRef("a", "m" + i), TimeSpan.FromSeconds(1 + i));
        }

        Assert.Equal(256, Enumerable.Range(0, 1000).Count(i => cooldowns.IsCooling(new ModelRef("a", "m" + i))));
    }

    [Fact]
    public async Task Candidates_follow_the_order_of_the_house()
    {
        await using var lab = await ModelLab.StartAsync(""", "models": [ { "id": "first" } ]""");
        var defaults = new AgentConfig { Model = new ModelChoice("a/default", ["openai/gpt-5", "b/fallback"]) };
        var agent = new AgentConfig { Model = new ModelChoice("b/agent", ["a/other"]) };

        Assert.Equal("a/override b/fallback a/default", Names(lab.Runner.Candidates("a/override", null, defaults)));
        Assert.Equal("b/agent a/other", Names(lab.Runner.Candidates(null, agent, defaults)));
        Assert.Equal("a/default b/fallback", Names(lab.Runner.Candidates(null, new AgentConfig(), defaults)));
        Assert.Equal("a/first", Names(lab.Runner.Candidates("not a model", null, new AgentConfig())));
        Assert.Equal("a/x/y:z", Names(lab.Runner.Candidates("a/x/y:z", null, new AgentConfig())));

        static string Names(IEnumerable<ModelRef> candidates) => string.Join(' ', candidates);
    }

    [Fact]
    public async Task Hundreds_of_calls_at_once_each_get_their_own_answer()
    {
        await using var lab = await ModelLab.StartAsync();

        var answers = await Task.WhenAll(Enumerable.Range(0, 300).Select(async i =>
            ModelLab.Text(await lab.RunAsync(lab.Request("a/echo") with { Messages = [new ChatMessage(ChatRole.User, $"number {i} of many")] }))));

        Assert.Equal(Enumerable.Range(0, 300).Select(i => $"number {i} of many"), answers);
    }
}
