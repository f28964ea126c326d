using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Primitives;
using Xopc.Agents.Events;
using Xopc.Agents.Models;
using Xopc.Agents.Sessions;
using Xopc.Agents.Settings;
using Xopc.Agents.Tools;
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
    public void Arguments_of_tools() => Fuzz.Text(
        text => _ = ToolCallArguments.TryParse(text, out _), ["""{"path":"a.txt","lines":[1,2],"deep":{"x":null}}""", "", "{}"], 2048);

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
