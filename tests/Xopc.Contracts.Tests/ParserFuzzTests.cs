using System.Text.Json;
using Xopc.Contracts.Runs;
using Xopc.Testing.Fuzzing;

namespace Xopc.Contracts.Tests;

/// <summary>Random bytes through what other processes send.</summary>
public sealed class ParserFuzzTests
{
    [Fact]
    public void Session_keys()
    {
        var count = Fuzz.Text(
            text =>
            {
                if (SessionKey.TryParse(text, null, out var key))
                {
                    Assert.Equal(key, SessionKey.Parse(key.ToString(), null));
                }
            },
            ["main:telegram:default:dm:123", "main:webchat:default:direct:x", "cli:direct", "heartbeat:main", "cron:job1", "coder:telegram:default:group:-100:thread:7"]);
        Assert.True(count.Taken > 0);
    }

    [Fact]
    public void Places_in_a_run() => Fuzz.Text(
        text => Assert.True(!RunUpdateId.TryParse(text, null, out var id) || RunUpdateId.Parse(id.ToString(), null) == id), ["1.1", "12.345", "0.0", "2147483647.2147483647"]);

    [Fact]
    public void Messages_between_processes()
    {
        var turn = """{"source":"s","sessionKey":"main:cli:direct","text":"hello","principalId":"operator"}""";
        var control = """{"kind":"abort","subject":"run-1","detail":"x"}""";
        var read = Fuzz.Parse(bytes => JsonSerializer.Deserialize(bytes, ContractsJson.Default.ControlMessage), [control], 1024, typeof(JsonException));
        Assert.True(read.Taken > 0 && read.Refused > 0);
        Fuzz.Parse(bytes => JsonSerializer.Deserialize(bytes, ContractsJson.Default.TurnRequested), [], 1024, typeof(JsonException));
        Fuzz.Parse(bytes => JsonSerializer.Deserialize(Splice(turn, bytes), ContractsJson.Default.TurnRequested), [], 64, typeof(JsonException));
        Fuzz.Parse(bytes => JsonSerializer.Deserialize(bytes, ContractsJson.Default.Principal), ["""{"id":"key:1","scope":"operator.read","agents":["main"]}"""], 1024, typeof(JsonException));
    }

    private static byte[] Splice(string sample, byte[] noise) => [.. System.Text.Encoding.UTF8.GetBytes(sample)[..(noise.Length % sample.Length)], .. noise];
}
