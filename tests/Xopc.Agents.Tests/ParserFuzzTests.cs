using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Primitives;
using Xopc.Agents.Events;
using Xopc.Agents.Files;
using Xopc.Agents.Models;
using Xopc.Agents.Sessions;
using Xopc.Agents.Settings;
using Xopc.Agents.Tools;
using Xopc.Agents.Transcripts;
using Xopc.Agents.Turns;
using Xopc.Configuration;
using Xopc.Contracts;
using Xopc.ServiceDefaults.Http;
using Xopc.Testing.Fuzzing;

namespace Xopc.Agents.Tests;

/// <summary>Random bytes through what clients, models and files say.</summary>
public sealed class ParserFuzzTests
{
    private const string Frame = """{"id":"x","model":"m","choices":[{"index":0,"delta":{"content":"Hel","tool_calls":[{"index":0,"id":"c","function":{"name":"grep","arguments":"{\"p\":1}"}}]},"finish_reason":null}]}""";
    private const string Usage = """{"choices":[],"usage":{"prompt_tokens":9,"completion_tokens":2,"prompt_tokens_details":{"cached_tokens":4}}}""";

    [Fact]
    public void Headers_of_requests()
    {
        Fuzz.Text(text => _ = IdempotencyKey.Read(With("Idempotency-Key", text)), ["key-17", "\"quoted\"", "a:b/c=d@e"], typeof(ApiException));
        Fuzz.Text(text => _ = ConfigTag.Read(With("If-Match", text))?.Invoke("abc"), ["\"abc\"", "*", "W/\"abc\", \"def\"", "\"a\", \"b\""], typeof(ApiException));
        Fuzz.Text(text => Assert.True(EventPosition.Parse(text) is not { } position || EventPosition.Parse(position.ToString()) == position), ["epoch-17", "a-b-9", "-1"]);
    }

    [Fact]
    public void Cursors_and_references()
    {
        Fuzz.Text(text => _ = SessionCursor.Parse(text), [new SessionCursor(17, "main:cli:direct").ToString(), "MTd8eA", "===="], 1024);
        Fuzz.Text(text => _ = ModelRef.TryParse(text, out var model) && model.ToString().Length > 0, ["openai/gpt-5", "a/b/c", "/"]);
    }

    [Fact]
    public void Bodies_of_turns()
    {
        var count = Fuzz.Parse(
            bytes => JsonSerializer.Deserialize(bytes, AgentsJson.Default.AgentRequest),
            ["""{"message":"hi","session":"s","newSession":true,"thinking":"low","attachments":[{"name":"a.txt","data":"data:text/plain;base64,aGk="}]}"""], 2048, typeof(JsonException));
        Assert.True(count.Taken > 0);
    }

    [Fact]
    public void Patterns_of_files() => Fuzz.Parse(
        Fuzz.OfText(text =>
        {
            var glob = new Glob(text);
            Assert.InRange(glob.Cost, 1, (4 * text.Length) + 1);
            _ = glob.IsMatch("src/Xopc.Agents/Tools/Glob.cs");
        }),
        ["**/*.{cs,md}", "src/[a-z]*/?.txt", "{a,{b,c}}", "[!x]", "**/**/{*,**}{*,?}[a-z]"], 250, typeof(ToolException));

    [Fact]
    public void The_file_of_models()
    {
        var count = Fuzz.Parse(
            bytes => _ = ModelsFileReader.Read(bytes).ToString(),
            ["""{"providers":{"lab":{"api":"openai-completions","baseUrl":"http://10.0.0.5:8000/v1","apiKey":"LAB_KEY","headers":{"x":"y"},"models":[{"id":"q","contextWindow":32768,"cost":{"input":1.5}}]}}}"""], 4096);
        Assert.Equal(0, count.Refused); // it reports, it does not throw
        Fuzz.Text(text => _ = SecretValue.Parse(text, name => name.Length < 4 ? "v" : null).IsUsable, ["LAB_KEY", "${LAB_KEY}", "!pass show x", "sk-123"]);
    }

    [Fact]
    public void Frames_of_a_stream() => Fuzz.Parse(
        bytes =>
        {
            var parser = new OpenAiStreamParser(new SentSecrets([]));
            parser.Read(bytes);
            _ = parser.Take();
            _ = parser.ToolCalls.Complete(wasCut: bytes.Length % 2 == 0).Count();
        },
        [Frame, Usage, "[DONE]", """{"error":{"message":"no","code":"x"}}""".Replace("error", "id", StringComparison.Ordinal)], 4096, typeof(ModelCallException));

    [Fact]
    public void Streams_of_a_model() => Fuzz.Parse(
        ReadStream, [$"data: {Frame}\n\ndata: {Usage}\n\ndata: [DONE]\n\n", $": keep-alive\r\n\r\nevent: x\r\ndata: {Frame}\r\n\r\n", $"data: {{\"a\":\ndata: 1}}\n\n{Usage}\n"], 8192, typeof(ModelCallException));

    [Fact]
    public void Failures_of_a_model_and_lists_of_models() => Fuzz.Parse(
        bytes =>
        {
            Assert.DoesNotContain('\n', ModelFailures.FromErrorBody(bytes.Length % 2 == 0 ? 400 : null, bytes, new SentSecrets([])).Message);
            _ = OpenAiQuirksReader.Learn(400, bytes);
            try
            {
                Assert.DoesNotContain(null, OllamaWorker.Models(bytes));
            }
            catch (Exception e) when (e is JsonException or InvalidOperationException)
            {
                // The worker's own words for: no Ollama.
            }
        },
        [
            """{"error":{"message":"Unsupported parameter: 'max_tokens'","type":"invalid_request_error","code":"400"}}""", """[{"error":{"status":"NOT_FOUND","message":"no"}}]""",
            """{"detail":"no"}""", """{"models":[{"name":"llama3.2:latest","details":{"family":"llama"}},{"name":"embed"}]}""",
        ],
        4096);

    [Fact]
    public void Words_and_addresses() => Fuzz.Text(
        text =>
        {
            Assert.True(ThinkingLevels.Parse(text) is not { } level || ThinkingLevels.Parse(level) == level);
            Assert.True(ThinkingLevels.ParseReasoning(text) is not { } shown || ThinkingLevels.ParseReasoning(shown) == shown);
            Assert.True(OllamaWorker.Address(text).IsAbsoluteUri);
        },
        ["ultrathink", "stream", "127.0.0.1:11434", "http://[::1]:1", ":80", "0.0.0.0"]);

    [Fact]
    public void Queries_of_sessions() => Fuzz.Text(
        text => _ = SessionQueries.Read(new QueryCollection(Microsoft.AspNetCore.WebUtilities.QueryHelpers.ParseQuery(text.Length > 500 ? text[..500] : text))),
        ["?status=active&search=x&sortBy=updatedAt&sortOrder=asc&limit=5&offset=1", "?cursor=MTd8eA&channel=Web"], typeof(ApiException));

    [Fact]
    public void Settings_of_a_session()
    {
        var catalog = new ModelCatalog(Path.Combine(Path.GetTempPath(), Guid.NewGuid().ToString("N")), _ => null, Microsoft.Extensions.Logging.Abstractions.NullLogger<ModelCatalog>.Instance);
        var count = Fuzz.Parse(
            bytes =>
            {
                using var patch = JsonDocument.Parse(bytes);
                if (patch.RootElement.ValueKind == JsonValueKind.Object)
                {
                    _ = SessionQueries.Apply(new SessionSettings(), patch.RootElement, catalog);
                }
            },
            ["""{"thinkingLevel":"low","reasoningLevel":"stream","model":null}""", """{"thinkingLevel":"","x":1}"""], 1024, typeof(JsonException), typeof(ApiException));
        Assert.True(count is { Taken: > 0, Refused: > 0 });
    }

    [Fact]
    public void Attachments_and_rows()
    {
        Fuzz.Text(text => Assert.NotEmpty(InboundFiles.Decode(new AgentAttachment(null, null, text, text)).Name), ["data:text/plain;base64,aGk=", "aGk="], typeof(ApiException));
        Fuzz.Text(
            text => Assert.NotNull(TranscriptStore.Read(text)?.Role ?? "null"),
            ["""{"role":"assistant","content":"x","timestamp":"2026-01-01T00:00:00Z","tool_calls":[{"id":"c","name":"grep","arguments":"{}"}]}"""], typeof(JsonException));
    }

    [Fact]
    public void Declared_arguments() => Fuzz.Text(
        text => Assert.True(
            ToolArguments.Read(text, [new("pattern", ToolParameterType.Text, "", Required: true, Max: 100), new("limit", ToolParameterType.Count, "", Max: 9), new("literal", ToolParameterType.Flag, "")], out var problem)
                is not null == (problem.Length == 0)),
        ["""{"pattern":"a","limit":"3","literal":"true"}""", """{"pattern":"a","limit":3,"literal":false}"""]);

    [Fact]
    public void Arguments_of_tools() => Fuzz.Text(
        text => _ = ToolCallArguments.TryParse(text, out _), ["""{"path":"a.txt","lines":[1,2],"deep":{"x":null}}""", "", "{}"], 2048);

    [Fact]
    public void Paths_of_the_workspace()
    {
        var outer = Directory.CreateTempSubdirectory("xopc-fuzz-").FullName;
        try
        {
            var root = Directory.CreateDirectory(Path.Combine(outer, "workspace", "notes", "deep")).Parent!.Parent!.FullName;
            File.WriteAllText(Path.Combine(root, "a.txt"), "a");
            Directory.CreateSymbolicLink(Path.Combine(root, "out"), outer);
            Directory.CreateSymbolicLink(Path.Combine(root, "in"), Path.Combine(root, "notes"));
            Directory.CreateSymbolicLink(Path.Combine(root, "round"), Path.Combine(root, "round"));
            var workspace = new Workspace(root);
            var count = Fuzz.Parse(
                Fuzz.OfText(text => Assert.True(Path.GetFullPath(workspace.Resolve(text)) is var real && workspace.IsInside(real))),
                ["a.txt", "notes/deep/b.md", "in/deep/c", "./notes//x", "new/file"], 1024, 4 * 1024 * 1024, typeof(ToolException));
            Assert.True(count is { Taken: > 0, Refused: > 0 });
            foreach (var leads in (string[])["out", "out/x", "round/x", "in/../../x"])
            {
                Assert.Throws<ToolException>(() => workspace.Resolve(leads));
            }
        }
        finally
        {
            Directory.Delete(outer, recursive: true);
        }
    }

    [Fact]
    public void Names_of_sessions()
    {
        var home = Directory.CreateTempSubdirectory("xopc-fuzz-").FullName;
        try
        {
            using var store = ConfigStore.Load(new StatePaths(home, Path.Combine(home, "xopc.json")), _ => null, TimeProvider.System, Microsoft.Extensions.Logging.Abstractions.NullLogger<ConfigStore>.Instance);
            var names = new SessionNames(store, TimeProvider.System);
            var limited = new Principal("key:x", OperatorScope.Write, ["main"], ["main:webchat:default:direct:mine"]);
            var count = Fuzz.Text(
                text =>
                {
                    var parts = text.Split('|');
                    var body = new AgentRequest { Session = parts[0], Channel = parts.Length > 1 ? parts[1] : null, AgentId = parts.Length > 2 ? parts[2] : null };
                    foreach (var principal in (Principal[])[limited, Principal.Operator])
                    {
                        try
                        {
                            Assert.True(principal.MayTouch(names.Resolve(body, principal)));
                        }
                        catch (ApiException) when (principal == limited)
                        {
                            // Whoever may everything is asked next.
                        }
                    }

                    Assert.True(SessionKey.TryParse(names.Find(parts[0], Principal.Operator).Value, null, out _));
                },
                ["mine", "main:webchat:default:direct:mine", "travel|webchat|main", "42|telegram", "a@b.c|cli"], 1024, typeof(ApiException));
            Assert.True(count is { Taken: > 0, Refused: > 0 });
        }
        finally
        {
            Directory.Delete(home, recursive: true);
        }
    }

    [Fact]
    public void Streams_of_Claude()
    {
        const string start = "event: message_start\ndata: {\"type\":\"message_start\",\"message\":{\"id\":\"m\",\"type\":\"message\",\"role\":\"assistant\",\"model\":\"claude-x\",\"content\":[],\"stop_reason\":null,\"stop_sequence\":null,\"usage\":{\"input_tokens\":1,\"output_tokens\":1}}}\n\n";
        const string end = "event: message_delta\ndata: {\"type\":\"message_delta\",\"delta\":{\"stop_reason\":\"end_turn\",\"stop_sequence\":null},\"usage\":{\"output_tokens\":2}}\n\nevent: message_stop\ndata: {\"type\":\"message_stop\"}\n\n";
        const string text = "event: content_block_start\ndata: {\"type\":\"content_block_start\",\"index\":0,\"content_block\":{\"type\":\"text\",\"text\":\"\"}}\n\nevent: content_block_delta\ndata: {\"type\":\"content_block_delta\",\"index\":0,\"delta\":{\"type\":\"text_delta\",\"text\":\"Hel\"}}\n\nevent: content_block_stop\ndata: {\"type\":\"content_block_stop\",\"index\":0}\n\n";
        const string tool = "event: content_block_start\ndata: {\"type\":\"content_block_start\",\"index\":0,\"content_block\":{\"type\":\"tool_use\",\"id\":\"c\",\"name\":\"grep\",\"input\":{}}}\n\nevent: content_block_delta\ndata: {\"type\":\"content_block_delta\",\"index\":0,\"delta\":{\"type\":\"input_json_delta\",\"partial_json\":\"{\\\"p\\\":1}\"}}\n\nevent: content_block_stop\ndata: {\"type\":\"content_block_stop\",\"index\":0}\n\n";
        const string error = "event: error\ndata: {\"type\":\"error\",\"error\":{\"type\":\"overloaded_error\",\"message\":\"busy\"}}\n\n";
        using var network = new FixedAnswer();
        using var client = new ClaudeChatClient(network, new Uri("http://127.0.0.1:1"), new ModelInfo("claude-x", "Claude"), "key", asBearer: false, [], TimeProvider.System);
        var count = Fuzz.Parse(
            bytes =>
            {
                network.Body = bytes;
                _ = client.GetResponseAsync([new(Microsoft.Extensions.AI.ChatRole.User, "Hi")], cancellationToken: TestContext.Current.CancellationToken).GetAwaiter().GetResult(); // over memory: nothing here waits
            },
            [start + text + end, start + tool + end], 4096, 8 * 1024 * 1024, typeof(ModelCallException));
        Assert.True(count is { Taken: > 0, Refused: > 0 });
        network.Body = System.Text.Encoding.UTF8.GetBytes(start + error);
        Assert.Throws<ModelCallException>(() => client.GetResponseAsync([new(Microsoft.Extensions.AI.ChatRole.User, "Hi")], cancellationToken: TestContext.Current.CancellationToken).GetAwaiter().GetResult());
    }

    private sealed class FixedAnswer : HttpMessageHandler
    {
        public byte[] Body { get; set; } = [];

        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            var content = new ByteArrayContent(Body);
            content.Headers.ContentType = new("text/event-stream");
            return Task.FromResult(new HttpResponseMessage(System.Net.HttpStatusCode.OK) { Content = content, RequestMessage = request });
        }
    }

    private static HttpRequest With(string name, string value)
    {
        var context = new DefaultHttpContext();
        context.Request.Headers[name] = value.Length % 5 == 0 ? new StringValues([value, value]) : new StringValues(value);
        return context.Request;
    }

    // Over memory, in small reads, so that frames are cut at every place; nothing here waits.
    private static void ReadStream(byte[] bytes)
    {
        using var reader = new SseReader(new SmallReads(bytes));
        var parser = new OpenAiStreamParser(new SentSecrets([]));
        do
        {
            while (reader.TryTake(out var data))
            {
                parser.Read(data);
            }
        }
        while (reader.FillAsync(CancellationToken.None).AsTask().GetAwaiter().GetResult());
    }

    private sealed class SmallReads(byte[] bytes) : MemoryStream(bytes)
    {
        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
            base.ReadAsync(buffer[..Math.Min(buffer.Length, 7)], cancellationToken);
    }
}
