using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Xopc.Cli.Conversation;

namespace Xopc.Cli.Tests.Conversation;

public sealed class AgentVerbTests
{
    private const string Accepted = """1.1|status|{"type":"status","status":"accepted","runId":"run-1","sessionKey":"cli:direct"}""";
    private const string Done = """1.9|result|{"ok":true,"payload":{"status":"ok","summary":"Message processed successfully"}}""";

    [Fact]
    public async Task An_answer_is_printed_as_it_streams_and_ends_with_one_line_break()
    {
        await using var gateway = (await FakeGateway.StartAsync()).ThenStream(Accepted, Token("1.2", "Hello"), Token("1.3", ", world"), Done);
        using var cli = new Cli();

        var code = await AskAsync(cli, gateway, "-m", "Hi", "-s", "travel");

        Assert.Equal("Hello, world\n", cli.Out);
        Assert.Equal(ExitCodes.Ok, code);
        var request = await gateway.NextAsync();
        Assert.Equal(("POST", "/api/agent"), (request.Method, request.Path));
        Assert.Equal("Bearer the-token", request.Headers.Authorization);
        Assert.Equal("text/event-stream", request.Headers.Accept);
        Assert.True(Guid.TryParse(request.Headers["Idempotency-Key"], out _));
        using var body = JsonDocument.Parse(request.Body);
        Assert.Equal("Hi", body.RootElement.GetProperty("message").GetString());
        Assert.Equal("travel", body.RootElement.GetProperty("session").GetString());
    }

    [Fact]
    public async Task A_token_is_on_the_screen_before_the_next_one_exists()
    {
        using var cli = new Cli();
        await using var gateway = await FakeGateway.StartAsync();
        gateway.Then(async context =>
        {
            await FakeGateway.WriteAsync(context, [Accepted, Token("1.2", "first")]);
            await cli.Screen.Shows("first");
            await FakeGateway.WriteAsync(context, [Token("1.3", " second"), Done]);
        });

        Assert.Equal(ExitCodes.Ok, await AskAsync(cli, gateway, "-m", "Hi"));
        Assert.Equal("first second\n", cli.Out);
    }

    [Fact]
    public async Task A_connection_cut_in_the_middle_is_resumed_behind_the_last_event_and_nothing_is_printed_twice()
    {
        using var cli = new Cli();
        await using var gateway = (await FakeGateway.StartAsync())
            .ThenCut(() => cli.Screen.Shows("one two "), Accepted, Token("1.2", "one "), Token("1.3", "two "))
            // The event that may have crossed with the break comes again.
            .ThenCut(() => cli.Screen.Shows("three "), Token("1.3", "two "), Token("1.4", "three "))
            .ThenStream(Token("1.5", "four"), Done);

        var code = await AskAsync(cli, gateway, "-m", "Count");

        Assert.Equal("one two three four\n", cli.Out);
        Assert.Equal(ExitCodes.Ok, code);
        Assert.Equal("POST", (await gateway.NextAsync()).Method);
        foreach (var position in (string[])["1.3", "1.4"])
        {
            var resumed = await gateway.NextAsync();
            Assert.Equal(("GET", "/api/agent/runs/run-1/events"), (resumed.Method, resumed.Path));
            Assert.Equal(position, resumed.Headers["Last-Event-ID"]);
        }
    }

    [Fact]
    public async Task A_stream_that_ends_without_a_result_is_resumed_too()
    {
        await using var gateway = (await FakeGateway.StartAsync()).ThenStream(Accepted, Token("1.2", "half")).ThenStream(Token("1.3", " and half"), Done);
        using var cli = new Cli();

        Assert.Equal(ExitCodes.Ok, await AskAsync(cli, gateway, "-m", "Hi"));
        Assert.Equal("half and half\n", cli.Out);
    }

    [Fact]
    public async Task A_gateway_that_says_bye_is_asked_again_behind_the_last_event_when_it_wished_to_be()
    {
        const string Bye = "retry: 20\nevent: bye\ndata: {\"reason\":\"shutdown\"}\n\n";
        await using var gateway = (await FakeGateway.StartAsync())
            .Then(context => SendAsync(context, "id: 0.1\nevent: status\ndata: {\"status\":\"accepted\",\"runId\":\"run-1\"}\n\nid: 1.2\nevent: token\ndata: {\"content\":\"half\"}\n\n" + Bye))
            .Then(context => SendAsync(context, Bye))
            .ThenStream(Token("1.3", " and half"), Done);
        using var cli = new Cli();

        Assert.Equal(ExitCodes.Ok, await AskAsync(cli, gateway, "-m", "Hi"));
        Assert.Equal("half and half\n", cli.Out);
        Assert.Empty(cli.Error);
        await gateway.NextAsync();
        Assert.Equal("1.2", (await gateway.NextAsync()).Headers["Last-Event-ID"]);
        Assert.Equal("1.2", (await gateway.NextAsync()).Headers["Last-Event-ID"]);

        static Task SendAsync(HttpContext context, string stream)
        {
            context.Response.ContentType = "text/event-stream";
            return context.Response.WriteAsync(stream);
        }
    }

    [Theory]
    [InlineData("retry: 700", 700)]
    [InlineData("retry:700", 700)]
    [InlineData("retry: 999999999", 10_000)]
    [InlineData("retry: -5", null)]
    [InlineData("retry: soon", null)]
    [InlineData("retry: 99999999999999999999", null)]
    public async Task A_stream_says_when_to_come_back_and_nonsense_says_nothing(string line, int? milliseconds)
    {
        var reader = new SseReader(new MemoryStream(System.Text.Encoding.ASCII.GetBytes(line + "\nevent: bye\ndata: {}\n\n")), Timeout.InfiniteTimeSpan, TimeProvider.System);

        await foreach (var frame in reader.ReadAsync(TestContext.Current.CancellationToken))
        {
            Assert.Equal("bye", frame.Event);
        }

        Assert.Equal(milliseconds, reader.Retry?.TotalMilliseconds);
    }

    [Fact]
    public async Task A_request_cut_before_the_run_was_known_is_sent_again_under_the_same_idempotency_key()
    {
        await using var gateway = (await FakeGateway.StartAsync()).ThenCut(() => Task.CompletedTask).ThenStream(Accepted, Token("1.2", "once"), Done);
        using var cli = new Cli();

        Assert.Equal(ExitCodes.Ok, await AskAsync(cli, gateway, "-m", "Hi"));
        Assert.Equal("once\n", cli.Out);
        var (first, second) = (await gateway.NextAsync(), await gateway.NextAsync());
        Assert.Equal(first.Body, second.Body);
        Assert.Equal(first.Headers["Idempotency-Key"], second.Headers["Idempotency-Key"]);
    }

    [Fact]
    public async Task A_reset_repeats_the_whole_text_and_only_what_is_new_is_printed()
    {
        using var cli = new Cli();
        await using var gateway = (await FakeGateway.StartAsync())
            .ThenCut(() => cli.Screen.Shows("one two "), Accepted, Token("1.2", "one "), Token("1.3", "two "))
            .ThenStream("""2.1|reset|{"type":"reset"}""", Token("2.2", "one two "), Token("2.3", "three"), Done.Replace("1.9", "2.9", StringComparison.Ordinal));

        Assert.Equal(ExitCodes.Ok, await AskAsync(cli, gateway, "-m", "Count"));
        Assert.Equal("one two three\n", cli.Out);
    }

    [Fact]
    public async Task A_run_that_is_no_longer_known_after_a_break_is_an_error()
    {
        using var cli = new Cli();
        await using var gateway = (await FakeGateway.StartAsync())
            .ThenCut(() => cli.Screen.Shows("half"), Accepted, Token("1.2", "half"))
            .ThenError(404, "RUN_NOT_FOUND", "Run not found or already expired");

        Assert.Equal(ExitCodes.Failed, await AskAsync(cli, gateway, "-m", "Hi"));
        Assert.Equal("half\n", cli.Out);
        Assert.Contains("Run not found or already expired", cli.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_failed_turn_tells_why_on_the_error_stream_and_exits_with_1()
    {
        await using var gateway = (await FakeGateway.StartAsync()).ThenStream(
            Accepted,
            """1.2|error|{"type":"error","content":"All models failed: 401 from openai"}""",
            """1.3|result|{"ok":true,"payload":{"status":"error","summary":"failed"}}""");
        using var cli = new Cli();

        Assert.Equal(ExitCodes.Failed, await AskAsync(cli, gateway, "-m", "Hi"));
        Assert.Empty(cli.Out);
        Assert.Contains("All models failed: 401 from openai", cli.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task An_error_stands_on_a_line_of_its_own_also_when_the_partial_answer_was_taken_back(bool takenBack)
    {
        await using var gateway = await FakeGateway.StartAsync();
        const string Error = """1.4|error|{"type":"error","content":"it broke"}""";
        const string Result = """1.5|result|{"ok":true,"payload":{"status":"error","summary":"failed"}}""";
        if (takenBack)
        {
            gateway.ThenStream(Accepted, Token("1.2", "The weather"), """1.3|reset|{"type":"reset","content":"","reason":"again"}""", Error, Result);
        }
        else
        {
            gateway.ThenStream(Accepted, Token("1.2", "The weather"), Error, Result);
        }

        using var cli = new Cli();

        Assert.Equal(ExitCodes.Failed, await AskAsync(cli, gateway, "-m", "Hi"));
        Assert.Equal("The weather\n", cli.Out);
        Assert.Equal("xopc: the agent could not answer: it broke\n", cli.Error);
    }

    [Fact]
    public async Task A_thrown_error_ends_the_stream()
    {
        await using var gateway = (await FakeGateway.StartAsync())
            .ThenStream(Accepted, """1.2|error|{"ok":false,"error":{"code":"AGENT_ERROR","message":"The model went away"}}""");
        using var cli = new Cli();

        Assert.Equal(ExitCodes.Failed, await AskAsync(cli, gateway, "-m", "Hi"));
        Assert.Contains("The model went away", cli.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_run_that_a_restart_interrupted_shows_its_partial_text_and_exits_with_1()
    {
        using var cli = new Cli();
        await using var gateway = (await FakeGateway.StartAsync())
            .ThenCut(() => cli.Screen.Shows("half"), Accepted, Token("1.2", "half"))
            // As the gateway sends what it finds in the database: the error shares its position with the text.
            .ThenStream(
                """1.3|reset|{"type":"reset","content":"half an answer"}""",
                """1.3|error|{"type":"error","content":"The run was interrupted by a restart"}""",
                """1.4|result|{"ok":true,"payload":{"status":"interrupted","summary":"interrupted"}}""");

        Assert.Equal(ExitCodes.Failed, await AskAsync(cli, gateway, "-m", "Hi"));
        Assert.Equal("half an answer\n", cli.Out);
        Assert.Contains("The run was interrupted by a restart", cli.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_agent_error_before_the_stream_exits_with_1()
    {
        await using var gateway = (await FakeGateway.StartAsync()).ThenError(502, "AGENT_ERROR", "No model is configured");
        using var cli = new Cli();

        Assert.Equal(ExitCodes.Failed, await AskAsync(cli, gateway, "-m", "Hi"));
        Assert.Contains("No model is configured", cli.Error, StringComparison.Ordinal);
        Assert.Empty(cli.Out);
    }

    [Fact]
    public async Task A_refused_credential_is_explained_and_not_tried_again()
    {
        await using var gateway = (await FakeGateway.StartAsync()).ThenError(401, "UNAUTHORIZED", "Invalid authentication token");
        using var cli = new Cli();

        Assert.Equal(ExitCodes.Failed, await AskAsync(cli, gateway, "-m", "Hi"));
        Assert.Contains("xopc gateway token", cli.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("the-token", cli.Error, StringComparison.Ordinal);
        await gateway.NextAsync();
        Assert.False(gateway.HasMore);
    }

    [Fact]
    public async Task A_busy_session_is_told_with_the_time_to_wait_and_not_tried_again()
    {
        await using var gateway = (await FakeGateway.StartAsync()).ThenError(429, "SESSION_BUSY", "The session's queue is full", retryAfter: 7);
        using var cli = new Cli();

        Assert.Equal(ExitCodes.Failed, await AskAsync(cli, gateway, "-m", "Hi"));
        Assert.Contains("The session's queue is full. Try again in 7 s.", cli.Error, StringComparison.Ordinal);
        await gateway.NextAsync();
        Assert.False(gateway.HasMore);
    }

    [Fact]
    public async Task A_gateway_that_does_not_run_is_named_with_its_address_and_how_to_start_it()
    {
        var url = ClosedAddress();
        using var cli = new Cli();

        var code = await cli.RunAsync("agent", "-m", "Hi", "--url", url, "--token", "the-token");

        Assert.Equal(ExitCodes.Failed, code);
        Assert.Contains(url, cli.Error, StringComparison.Ordinal);
        Assert.Contains("xopc gateway", cli.Error, StringComparison.Ordinal);
        Assert.Empty(cli.Out);
    }

    [Theory]
    [InlineData("<html>It works!</html>", "text/html")]
    [InlineData("{}", "application/json")]
    public async Task Something_else_on_the_port_is_not_taken_for_a_gateway(string body, string type)
    {
        await using var gateway = (await FakeGateway.StartAsync()).Then(context =>
        {
            context.Response.ContentType = type;
            return context.Response.Body.WriteAsync(System.Text.Encoding.UTF8.GetBytes(body)).AsTask();
        });
        using var cli = new Cli();

        Assert.Equal(ExitCodes.Failed, await AskAsync(cli, gateway, "-m", "Hi"));
        Assert.Contains("is not an Xopc gateway", cli.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_event_that_is_not_JSON_ends_in_an_error_instead_of_a_crash()
    {
        await using var gateway = (await FakeGateway.StartAsync()).ThenStream(Accepted, "1.2|token|{\"content\":");
        using var cli = new Cli();

        Assert.Equal(ExitCodes.Failed, await AskAsync(cli, gateway, "-m", "Hi"));
        Assert.Contains("not JSON", cli.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Json_prints_one_object_on_one_line_and_nothing_else()
    {
        await using var gateway = (await FakeGateway.StartAsync())
            .ThenStream(Accepted, """1.2|tool_start|{"type":"tool_start","toolName":"read_file","toolCallId":"1"}""", Token("1.3", "line 1\nline 2 „ünï“ 你好 <b>"), Done);
        using var cli = new Cli();

        Assert.Equal(ExitCodes.Ok, await AskAsync(cli, gateway, "-m", "Hi", "-s", "travel", "--json"));

        Assert.EndsWith("}\n", cli.Out, StringComparison.Ordinal);
        Assert.Single(cli.Out.TrimEnd('\n').Split('\n'));
        using var json = JsonDocument.Parse(cli.Out);
        Assert.Equal("ok", json.RootElement.GetProperty("status").GetString());
        Assert.Contains("„ünï“ 你好 <b>", cli.Out, StringComparison.Ordinal);
        Assert.Equal("line 1\nline 2 „ünï“ 你好 <b>", json.RootElement.GetProperty("reply").GetString());
        Assert.Equal("travel", json.RootElement.GetProperty("session").GetString());
        Assert.Equal("cli:direct", json.RootElement.GetProperty("sessionKey").GetString());
        Assert.Equal("run-1", json.RootElement.GetProperty("runId").GetString());
        Assert.Empty(cli.Error);
    }

    [Fact]
    public async Task Json_carries_an_error_as_data()
    {
        await using var gateway = (await FakeGateway.StartAsync()).ThenError(429, "RATE_LIMITED", "Too many requests");
        using var cli = new Cli();

        Assert.Equal(ExitCodes.Failed, await AskAsync(cli, gateway, "-m", "Hi", "--json"));
        using var json = JsonDocument.Parse(cli.Out);
        Assert.Equal("error", json.RootElement.GetProperty("status").GetString());
        Assert.Equal("RATE_LIMITED", json.RootElement.GetProperty("error").GetProperty("code").GetString());
        Assert.Empty(cli.Error);
    }

    [Theory]
    [InlineData(PosixSignal.SIGINT, ExitCodes.Interrupted)]
    [InlineData(PosixSignal.SIGTERM, ExitCodes.Terminated)]
    public async Task A_signal_aborts_the_run_and_its_number_is_the_exit_code(PosixSignal signal, int expected)
    {
        var hanging = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var gateway = (await FakeGateway.StartAsync()).ThenHang(hanging, Accepted, Token("1.2", "I will go on for")).Then(_ => Task.CompletedTask);
        using var cli = new Cli();

        var asking = AskAsync(cli, gateway, "-m", "Tell me everything");
        await hanging.Task.Within("The run did not start");
        await cli.Screen.Shows("I will go on for");
        Assert.True(cli.Interrupts.Raise(signal));

        Assert.Equal(expected, await asking);
        await gateway.NextAsync();
        var abort = await gateway.NextAsync();
        Assert.Equal("/api/agent/abort", abort.Path);
        Assert.Equal("""{"runId":"run-1"}""", abort.Body);
    }

    [Fact]
    public async Task A_second_signal_is_left_to_the_system()
    {
        var aborting = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var hanging = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var gateway = (await FakeGateway.StartAsync()).ThenHang(hanging, Accepted, Token("1.2", "text")).ThenHang(aborting);
        using var cli = new Cli();

        var asking = AskAsync(cli, gateway, "-m", "Hi");
        await cli.Screen.Shows("text");
        Assert.True(cli.Interrupts.Raise(PosixSignal.SIGINT));
        await aborting.Task.Within("The run was not aborted");

        Assert.False(cli.Interrupts.Raise(PosixSignal.SIGINT));
        Assert.Equal(ExitCodes.Interrupted, await asking);
    }

    [Fact]
    public async Task A_chat_keeps_its_session_until_a_new_one_is_asked_for()
    {
        await using var gateway = (await FakeGateway.StartAsync())
            .ThenStream(Accepted, Token("1.2", "one"), Done)
            .ThenError(502, "AGENT_ERROR", "The model went away")
            .ThenStream(Accepted, Token("1.2", "three"), Done);
        using var cli = new Cli { Input = new StringReader("first\n\nsecond\n/unknown\n/new\nthird\n/exit\nnever sent\n") };

        Assert.Equal(ExitCodes.Ok, await AskAsync(cli, gateway, "-i", "-s", "travel"));

        Assert.Equal("one\nthree\n", cli.Out);
        Assert.Contains("The model went away", cli.Error, StringComparison.Ordinal);
        var sessions = new List<(string?, string?)>();
        for (var i = 0; i < 3; i++)
        {
            using var body = JsonDocument.Parse((await gateway.NextAsync()).Body);
            sessions.Add((body.RootElement.GetProperty("message").GetString(), body.RootElement.GetProperty("session").GetString()));
        }

        Assert.Equal([("first", "travel"), ("second", "travel")], sessions[..2]);
        Assert.Equal("third", sessions[2].Item1);
        Assert.StartsWith("chat_", sessions[2].Item2, StringComparison.Ordinal);
        Assert.False(gateway.HasMore);
    }

    [Fact]
    public async Task The_end_of_the_input_ends_a_chat()
    {
        await using var gateway = await FakeGateway.StartAsync();
        using var cli = new Cli { Input = new StringReader("") };

        Assert.Equal(ExitCodes.Ok, await AskAsync(cli, gateway, "-i"));
        Assert.False(gateway.HasMore);
    }

    [Fact]
    public async Task On_a_terminal_escape_sequences_of_the_answer_are_taken_out_and_in_a_pipe_they_stay()
    {
        const string hostile = "a\\u001b]0;owned\\u0007b";
        await using var gateway = (await FakeGateway.StartAsync())
            .ThenStream(Accepted, Token("1.2", hostile), Done).ThenStream(Accepted, Token("1.2", hostile), Done);
        using var terminal = new Cli { Decorated = true };
        using var pipe = new Cli();

        await AskAsync(terminal, gateway, "-m", "Hi");
        await AskAsync(pipe, gateway, "-m", "Hi");

        Assert.Equal("a]0;ownedb\n", terminal.Out);
        Assert.Equal("a\u001b]0;owned\u0007b\n", pipe.Out);
    }

    [Fact]
    public async Task A_message_that_begins_with_an_at_sign_is_what_was_said_and_no_file_to_read()
    {
        using var home = new TemporaryDirectory();
        var file = Path.Combine(home.Path, "arguments");
        await File.WriteAllTextAsync(file, "from-the-file", TestContext.Current.CancellationToken);
        await using var gateway = (await FakeGateway.StartAsync()).ThenStream(Accepted, Done).ThenStream(Accepted, Done);
        using var cli = new Cli();

        foreach (var said in (string[])["@name", "@" + file])
        {
            Assert.Equal(ExitCodes.Ok, await AskAsync(cli, gateway, "-m", said));
            using var body = JsonDocument.Parse((await gateway.NextAsync()).Body);
            Assert.Equal(said, body.RootElement.GetProperty("message").GetString());
        }
    }

    [Fact]
    public async Task Half_a_character_in_an_event_ends_nothing()
    {
        await using var gateway = (await FakeGateway.StartAsync()).ThenStream(Accepted, Token("1.2", "one"), Token("1.3", "\\ud800"), """1.4|token|{"\ud804{ent":"x"}""", Token("1.5", "two"), Done);
        using var cli = new Cli();

        Assert.Equal(ExitCodes.Ok, await AskAsync(cli, gateway, "-m", "Hi"));
        Assert.Equal("onetwo\n", cli.Out);
    }

    private static string Token(string id, string text) => $"{id}|token|{{\"type\":\"token\",\"content\":\"{text.Replace("\n", "\\n", StringComparison.Ordinal)}\"}}";

    private static Task<int> AskAsync(Cli cli, FakeGateway gateway, params string[] args) =>
        cli.RunAsync(["agent", "--url", gateway.Url, "--token", "the-token", .. args]);

    private static string ClosedAddress()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var port = ((IPEndPoint)listener.LocalEndpoint).Port;
        listener.Stop();
        return $"http://127.0.0.1:{port}";
    }
}
