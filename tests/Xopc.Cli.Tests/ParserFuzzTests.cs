using System.Text.Json;
using System.Text.Json.Nodes;
using Xopc.Cli.Commands;
using Xopc.Cli.Conversation;
using Xopc.Cli.Hosting;
using Xopc.Cli.Terminal;
using Xopc.Configuration;
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

    [Fact]
    public void Events_of_a_turn()
    {
        using var gateway = new GatewayClient(new Uri("http://127.0.0.1:1"), null);
        var types = (string[])["status", "token", "reset", "tool_start", "error", "result", "other"];
        var count = Fuzz.Text(
            text =>
            {
                var watch = new TurnWatch(gateway, TimeProvider.System);
                foreach (var type in types)
                {
                    _ = watch.Take(new SseFrame("1.1", type, text), static shown => Assert.NotEmpty(shown), static _ => { });
                }
            },
            [
                """{"runId":"r","sessionKey":"main:cli:direct","content":"Hel","toolName":"grep","message":"no","error":{"code":"X","message":"m"}}""",
                """{"ok":true,"payload":{"status":"ok","summary":"s","sessionKey":"k"}}""", """{"content":"\u00e9"}""",
            ],
            typeof(InvalidDataException));
        Assert.True(count is { Taken: > 0, Refused: > 0 });
    }

    [Fact]
    public void What_the_system_and_the_supervisor_say() => Fuzz.Text(
        text =>
        {
            _ = ProcessIdentity.FromStat(text);
            _ = PassedSockets.Find(name => name == "LISTEN_PID" ? Environment.ProcessId.ToString(System.Globalization.CultureInfo.InvariantCulture) : "x" + text);
        },
        [], typeof(BindException));

    [Fact]
    public void Arguments()
    {
        var cli = new CliContext(new CommandIo(TextWriter.Null, TextWriter.Null, TextReader.Null, decorated: false), _ => null, new Interrupts(), TimeProvider.System);
        Fuzz.Parse(
            Fuzz.OfText(text => _ = CommandLine.Parse(text.Split(' '), cli).Errors.Count),
            ["agent -m Hello --url http://127.0.0.1:1", "agent -m @someone", "keys create phone --scope write --expires 30d --agent main", "config set gateway.port 8080", "gateway --role edge --port 0"],
            600, 64 * 1024 * 1024); // what the library takes for one command line, not what it keeps
    }

    [Fact]
    public void The_content_of_the_lock()
    {
        using var home = new TemporaryDirectory();
        var paths = new StatePaths(home.Path, Path.Combine(home.Path, "xopc.json"));
        Directory.CreateDirectory(paths.LocksDirectory);
        var found = 0;
        Fuzz.Parse(
            bytes =>
            {
                File.WriteAllBytes(paths.GatewayLockFile, bytes);
                found += GatewayLock.FindOwner(paths) is { Pid: > 0 } ? 1 : 0;
            },
            [$$"""{"pid":{{Environment.ProcessId}},"createdAt":"2026-01-01T00:00:00+00:00","configPath":"/x","startTime":null,"url":"http://127.0.0.1:1"}"""], 1024);
        Assert.True(found > 1);
    }

    [Fact]
    public void Addresses_of_gateways()
    {
        var cli = new CliContext(new CommandIo(TextWriter.Null, TextWriter.Null, TextReader.Null, decorated: false), _ => null, new Interrupts(), TimeProvider.System);
        Fuzz.Parse(
            Fuzz.OfText(text =>
            {
                var parsed = CommandLine.Parse(["open", "--url=" + text], cli);
                Assert.True(parsed.Errors.Count > 0 || parsed.GetValue<Uri?>("--url") is { Scheme: "http" or "https" });
            }),
            ["http://127.0.0.1:18790", "https://[::1]:1/x?y#z", "http://user:pass@host"], 600, 4 * 1024 * 1024);
    }

    private static void Read(byte[] bytes) => ReadAsync(bytes).GetAwaiter().GetResult(); // over memory: nothing here waits

    private static async Task ReadAsync(byte[] bytes)
    {
        await foreach (var frame in new SseReader(new MemoryStream(bytes), TimeSpan.FromMinutes(1), TimeProvider.System).ReadAsync(CancellationToken.None))
        {
            Assert.True(frame.Data.Length <= bytes.Length);
        }
    }
}
