using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace Xopc.Configuration.Tests;

/// <summary>The tables of docs/configuration.md beside the schema of the file.</summary>
public sealed partial class DocumentedKeysTests
{
    private static readonly IReadOnlyList<(string Key, string Default)> Documented = [.. Read(File.ReadAllLines(Path.Combine(Root(), "docs", "configuration.md")))];

    private static readonly Dictionary<string, JsonObject> Known = Leaves(ConfigSchema.Document(), "").ToDictionary(leaf => leaf.Key, leaf => leaf.Schema);

    [Fact]
    public void Every_key_is_documented_once_and_every_documented_key_exists()
    {
        Assert.Equal(Known.Keys.Order(StringComparer.Ordinal), Documented.Select(row => row.Key).Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Every_key_that_the_readers_look_for_is_documented()
    {
        var read = Home.Read("""
            {"agents":{"defaults":{"model":{}},"list":[{"id":"a","model":{}}]},"bindings":[{"agentId":"a","match":{"channel":"x"}}],
             "channels":{"telegram":{"groups":{"-5":{"topics":{"5":{}}}},"accounts":{"a":{"groups":{"-5":{"topics":{"5":{}}}}}}}}}
            """);

        // A section is documented by what is in it, and a model by itself.
        var missing = read.Keys.Where(key => !Documented.Any(row => (row.Key + ".").StartsWith(key.TrimEnd('.') + ".", StringComparison.Ordinal)
            || row.Key.StartsWith(key + "[]", StringComparison.Ordinal) || (key.StartsWith(row.Key + ".", StringComparison.Ordinal) && Known[row.Key].ContainsKey("x-model"))));

        Assert.Empty(missing);
        Assert.True(read.Keys.Count > 80, "the readers told too few keys for this test to mean anything");
    }

    [Fact]
    public void The_defaults_are_those_of_the_schema()
    {
        var wrong = Documented.Select(row => (row.Key, Said: Literal(row.Default), Is: DefaultOf(row.Key)))
            .Where(row => !JsonNode.DeepEquals(row.Said, row.Is))
            .Select(row => $"{row.Key}: documented {row.Said?.ToJsonString() ?? "–"}, in the schema {row.Is?.ToJsonString() ?? "–"}");

        Assert.Empty(wrong);
        Assert.True(Documented.Count(row => Literal(row.Default) is not null) > 50, "the documentation names too few defaults for this test to mean anything");
    }

    [Theory]
    [InlineData("| `a`, `b.c` (hot) | 1, 2 | x |", "p.a=1 p.b.c=2")]
    [InlineData("| `a` | `[]` | x |", "p.a=`[]`")]
    public void A_row_is_read_as_it_is_meant(string row, string expected) =>
        Assert.Equal(expected, string.Join(' ', Read(["## `p` (hot)", "| Key | Default | Range and meaning |", "|---|---|---|", row]).Select(read => $"{read.Key}={read.Default}")));

    // "## `gateway` (…)" and "`gateway.auth` (hot): …" say where the keys of the next table stand; "`x` and `y` (…):" that they stand in both.
    private static IEnumerable<(string Key, string Default)> Read(string[] lines)
    {
        string[] places = [];
        var inKeys = false;
        foreach (var line in lines)
        {
            if (Place().Match(line) is { Success: true } place)
            {
                places = [.. Code().Matches(place.Value).Select(name => name.Groups[1].Value)];
            }

            inKeys = line.StartsWith("| Key | Default |", StringComparison.Ordinal) || (inKeys && line.StartsWith('|'));
            if (!inKeys || !line.StartsWith("| `", StringComparison.Ordinal))
            {
                continue;
            }

            var cells = line.Split(" | ");
            var names = Code().Matches(cells[0]).Select(name => name.Groups[1].Value).ToArray();
            var defaults = cells[1].Split(", ");
            foreach (var at in places)
            {
                for (var i = 0; i < names.Length; i++)
                {
                    yield return ($"{at}.{names[i]}", defaults.Length == names.Length ? defaults[i] : cells[1]);
                }
            }
        }
    }

    private static JsonNode? Literal(string text) => text.Trim() switch
    {
        "–" or "" => null,
        ['`', '[', ..] list => JsonNode.Parse(list.Trim('`')),
        ['`', ..] word => JsonValue.Create(word.Trim('`')),
        var other when other.All(c => char.IsAsciiDigit(c) || c == '.') || other is "true" or "false" => JsonNode.Parse(other),
        _ => null, // words: how it is found out
    };

    // A row of the list has what the defaults say.
    private static JsonNode? DefaultOf(string key) => key switch
    {
        "agents.list[].enabled" => true,
        "agents.list[].default" => false,
        _ when key.StartsWith("channels.telegram.accounts.*.", StringComparison.Ordinal) => DefaultOf(key.Replace(".accounts.*", "", StringComparison.Ordinal)),
        _ => Known.GetValueOrDefault(key.Replace("agents.list[]", "agents.defaults", StringComparison.Ordinal))?["default"] ?? Known.GetValueOrDefault(key)?["default"],
    };

    private static IEnumerable<(string Key, JsonObject Schema)> Leaves(JsonObject schema, string path)
    {
        foreach (var (name, value) in schema["properties"]!.AsObject())
        {
            var (key, member) = (path.Length == 0 ? name : $"{path}.{name}", value!.AsObject());
            foreach (var leaf in IsSection(member) ? Leaves(member, key) : member["items"] is JsonObject row && IsSection(row) ? Leaves(row, key + "[]")
                : member["additionalProperties"] is JsonObject one && IsSection(one) ? Leaves(one, key + ".*") : [(key, member)])
            {
                yield return leaf;
            }
        }
    }

    private static bool IsSection(JsonObject schema) => schema["properties"] is JsonObject && !schema.ContainsKey("x-model");

    private static string Root()
    {
        var directory = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(directory!.FullName, "Xopc.sln")))
        {
            directory = directory.Parent;
        }

        return directory.FullName;
    }

    [GeneratedRegex(@"^(## )?`[a-z][A-Za-z.*\[\]]*`( and `[a-z][A-Za-z.*\[\]]*`)?(?= \(|:)", RegexOptions.None, 1000)]
    private static partial Regex Place();

    [GeneratedRegex("`([^`]+)`", RegexOptions.None, 1000)]
    private static partial Regex Code();
}
