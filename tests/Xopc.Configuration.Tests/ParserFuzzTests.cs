using System.Text.Json;
using System.Text.Json.Nodes;
using Xopc.Configuration.Routing;
using Xopc.Testing.Fuzzing;

namespace Xopc.Configuration.Tests;

/// <summary>Random bytes through what a configuration is made of. Damaged whole documents: <see cref="FuzzTests"/>.</summary>
public sealed class ParserFuzzTests
{
    [Fact]
    public void Documents_of_noise() => Fuzz.Parse(
        bytes => ConfigReader.Read(ConfigDocument.Parse(bytes, "xopc.json"), _ => null),
        ["""{"gateway":{"port":1},"agents":{"list":[{"id":"main"}]}}""", "{}"], 4096, typeof(ConfigException));

    [Fact]
    public void Patches()
    {
        var applied = 0;
        Fuzz.Parse(
            bytes =>
            {
                using var json = JsonDocument.Parse(bytes);
                if (ConfigPatch.Parse(json.RootElement, out var problem) is { } patch)
                {
                    var document = JsonNode.Parse("""{"gateway":{"auth":{"token":"0123456789abcdef"}},"agents":{"defaults":{"model":"a/b"}}}""")!.AsObject();
                    _ = patch.Apply(document, shown: null);
                    applied++;
                }
                else
                {
                    Assert.NotNull(problem);
                }
            },
            [
                """{"agents":{"defaults":{"temperature":0.5,"model":{"primary":"a/b","fallbacks":["c/d"]}}}}""", """{"gateway":{"auth":{"token":null},"corsOrigins":["http://x"]}}""",
                """{"channels":{"telegram":{"botToken":"••••"}}}""",
            ],
            1024, typeof(JsonException));
        Assert.True(applied > 100);
    }

    [Fact]
    public void References_to_the_environment() => Fuzz.Text(
        text => Assert.True(!EnvironmentReferences.TryExpand(text, name => name.Length > 3 ? null : "v", out var expanded, out var missing) || (expanded.Length <= EnvironmentReferences.MaxExpandedLength && missing is null)),
        ["${A}", "a${B}c$${D}", "${LONG_NAME}", "$", "${", "${}"]);

    [Fact]
    public void Patterns_of_peers() => Fuzz.Text(
        text => _ = new Glob(text).Matches("-1001234567890") || new Glob("*a*b*c*d*e*f*" + text).Matches(text), ["-100*", "*", "a*b*c*d*e*f*g*h", "user-?"], 512);
}
