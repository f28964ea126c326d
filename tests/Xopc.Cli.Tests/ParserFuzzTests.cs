using System.Text.Json;
using System.Text.Json.Nodes;
using Xopc.Cli.Commands;
using Xopc.Cli.Conversation;
using Xopc.Cli.Terminal;
using Xopc.Testing.Fuzzing;

namespace Xopc.Cli.Tests;

/// <summary>Random bytes through what a gateway, or whoever stands in its place, answers the command line.</summary>
public sealed class ParserFuzzTests
{
    [Fact]
    public void Streams() => Fuzz.Parse(
        Read, ["id: 1.1\nevent: token\ndata: {\"text\":\"Hel\"}\n\n: keep-alive\n\nid: 1.2\r\nevent: result\r\ndata: {}\r\n\r\n", "retry: 2000\nevent: bye\ndata: a\ndata: b\n\n"], 20_000, typeof(InvalidDataException));

    [Fact]
    public void Texts_for_the_terminal() => Fuzz.Text(
        text => Assert.DoesNotContain('\u001b', TerminalText.Clean(text)), ["plain", "\u001b[31mred\u001b[0m", "a\u202eb", "\u001b]0;title\u0007"], 2048);

    [Fact]
    public void Paths_of_settings() => Fuzz.Text(
        text =>
        {
            var document = JsonNode.Parse("""{"agents":{"list":[{"id":"main"}],"defaults":{"model":"a/b"}}}""")!.AsObject();
            _ = ConfigPath.Has(document, text);
            _ = ConfigPath.Patch(text, JsonValue.Create(1));
        },
        ["agents.defaults.model", "agents.list.0.id", "a..b", ".", "agents.list[0]"], 600);

    [Fact]
    public void Answers() => Fuzz.Parse(
        bytes => JsonSerializer.Deserialize(bytes, CliJson.Default.AnswerJson), ["""{"status":"ok","reply":"hi","session":"s","sessionKey":"k","runId":"r","error":{"code":"X","message":"m"}}"""], 2048, typeof(JsonException));

    private static void Read(byte[] bytes) => ReadAsync(bytes).GetAwaiter().GetResult(); // over memory: nothing here waits

    private static async Task ReadAsync(byte[] bytes)
    {
        await foreach (var frame in new SseReader(new MemoryStream(bytes), TimeSpan.FromMinutes(1), TimeProvider.System).ReadAsync(CancellationToken.None))
        {
            Assert.True(frame.Data.Length <= bytes.Length);
        }
    }
}
