using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Xopc.Configuration.Tests;

/// <summary>The schema is made from the types and the file is read by hand: here the two are held against each other.</summary>
public sealed class ConfigSchemaTests
{
    // Rows, so that the keys of rows exist. Nothing in it depends on another key.
    private const string Base = """
        {"gateway":{},"agents":{"defaults":{},"list":[{"id":"a"}]},"bindings":[{"agentId":"a","match":{"channel":"telegram"}}],"session":{},"models":{},"cron":{},"channels":{},"commands":{}}
        """;

    // What holds between two keys, or depends on tables: the readers say it, a schema cannot or should not.
    private static readonly string[] AcrossKeys =
        ["gateway.customBindHost", "gateway.host", "gateway.auth", "gateway.auth.token", "gateway.auth.password", "agents.default", "agents.list[0].id", "agents.list[0].default",
         "agents.defaults.pruning.headKeepRatio", "bindings[0].agentId", "cron.defaultTimezone", "gateway.heartbeat.activeHours.timezone", "gateway.corsOrigins", "gateway.trustedProxies",
         "session.identityLinks",
         "channels.telegram.botToken", "channels.telegram.tokenFile", "channels.telegram.mediaMaxMb", "channels.telegram.webhook.url",
         "channels.telegram.accounts.a.botToken", "channels.telegram.accounts.a.tokenFile", "channels.telegram.accounts.a.mediaMaxMb", "channels.telegram.accounts.a.webhook.url"];

    [Fact]
    public void Every_key_that_is_read_is_in_the_schema_and_the_other_way_round()
    {
        var read = Home.Read(Base.Replace("\"defaults\":{}", "\"defaults\":{\"model\":{},\"imageModel\":{},\"imageGenerationModel\":{}}", StringComparison.Ordinal)
            .Replace("{\"id\":\"a\"}", "{\"id\":\"a\",\"model\":{},\"imageModel\":{},\"imageGenerationModel\":{}}", StringComparison.Ordinal)
            .Replace("\"channels\":{}", """
                "channels":{"telegram":{"groups":{"-5":{"topics":{"5":{}}}},"accounts":{"a":{"groups":{"-5":{"topics":{"5":{}}}}}}}}
                """, StringComparison.Ordinal)
            .Replace("\"gateway\":{}", "\"gateway\":{\"heartbeat\":{\"activeHours\":{}},\"auth\":{\"rateLimit\":{\"lockoutMs\":5000}}}", StringComparison.Ordinal));
        var keys = read.Keys.ToHashSet(StringComparer.Ordinal);
        var schema = Leaves().Select(leaf => leaf.Key).Concat(Sections()).ToHashSet(StringComparer.Ordinal);

        Assert.Empty(keys.Except(schema));
        Assert.Empty(schema.Except(keys));
        Assert.True(schema.Count > 100);
    }

    [Fact]
    public void Every_key_says_what_it_is_and_whether_it_takes_effect_at_once()
    {
        Assert.All(Leaves(), leaf =>
        {
            Assert.True(leaf.Schema["description"]?.ToString().Length > 3, leaf.Key);
            Assert.True(leaf.Schema["x-hot"]!.GetValue<bool>() == ConfigKeys.IsHot(leaf.Key), leaf.Key);
            Assert.True(ConfigSecrets.IsSecret(leaf.Key) == (leaf.Schema["writeOnly"]?.GetValue<bool>() == true), leaf.Key);
        });
        Assert.Contains(Leaves(), leaf => leaf.Schema.ContainsKey("writeOnly"));
    }

    [Fact]
    public void The_defaults_of_the_schema_are_those_of_an_empty_file()
    {
        var empty = Home.Valid("{}");

        Assert.Equal(18790, (int)Leaf("gateway.port")["default"]!);
        Assert.Equal(empty.Agents.Defaults.Temperature, (double)Leaf("agents.defaults.temperature")["default"]!);
        Assert.Equal(empty.Session.DmScope, (string?)Leaf("session.dmScope")["default"]);
        Assert.All(Leaves().Where(leaf => leaf.Schema.ContainsKey("default")), leaf =>
            Assert.True(SchemaEvaluator.Accepts(leaf.Schema, JsonSerializer.SerializeToElement(leaf.Schema["default"])), leaf.Key));
    }

    [Fact]
    public void Schema_and_reader_accept_and_refuse_the_same_values_of_every_key()
    {
        var judged = 0;
        foreach (var (key, schema) in Leaves())
        {
            foreach (var value in Values(schema))
            {
                var text = With(key, value);
                judged += Agree(key, value.ToJsonString(), text) ? 1 : 0;
            }
        }

        Assert.True(judged > 1_000, $"Only {judged} values were judged.");
    }

    [Fact]
    public void Schema_and_reader_agree_on_documents_made_of_many_such_values()
    {
        var random = new Random(20261124);
        var leaves = Leaves().Where(leaf => !AcrossKeys.Contains(leaf.Key.Replace("[]", "[0]", StringComparison.Ordinal))).ToList();
        var (good, bad) = (0, 0);
        for (var round = 0; round < 1_500; round++)
        {
            var document = JsonNode.Parse(Base)!.AsObject();
            for (var i = random.Next(1, 8); i > 0; i--)
            {
                var (key, schema) = leaves[random.Next(leaves.Count)];
                var values = Values(schema).ToList();
                var fitting = values.FindAll(value => SchemaEvaluator.Accepts(schema, JsonSerializer.SerializeToElement(value)));
                var chosen = random.Next(8) > 0 && fitting.Count > 0 ? fitting : values;
                Put(document, key, chosen[random.Next(chosen.Count)]);
            }

            if (Agree("round " + round, "", document.ToJsonString()) && Home.Read(document.ToJsonString()).Errors.Count == 0)
            {
                good++;
            }
            else
            {
                bad++;
            }
        }

        Assert.True(good > 100 && bad > 100, $"{good} good, {bad} bad");
    }

    // True when both could judge; fails when they disagree.
    private static bool Agree(string key, string value, string text)
    {
        var read = ConfigReader.Read(ConfigDocument.Parse(Encoding.UTF8.GetBytes(text), "xopc.json"), environment: null);
        using var document = JsonDocument.Parse(text);
        var accepted = SchemaEvaluator.Accepts(ConfigSchema.Root, document.RootElement);
        var own = read.Errors.Where(error => !AcrossKeys.Any(across => error.Path == across || error.Path.StartsWith(across + "[", StringComparison.Ordinal) || error.Path.StartsWith(across + ".", StringComparison.Ordinal))).ToList();
        if (own.Count != read.Errors.Count && accepted)
        {
            return false; // only the reader can say that
        }

        Assert.True(accepted == (read.Errors.Count == 0), $"{key} = {value}: the schema {(accepted ? "accepts" : "refuses")} it, the reader says: {string.Join(' ', read.Errors)}");
        return true;
    }

    private static IEnumerable<JsonNode> Values(JsonObject schema)
    {
        foreach (var text in (string[])["null", "true", "5", "0", "-1", "1.5", "1e30", "\"x\"", "\"a/b\"", "\"08:30\"", "\"${REF}\"", "[]", "[\"x\"]", "[7]", "[true]", "[null]", "[\"\"]", "[[]]", "{}"])
        {
            if (text != "null")
            {
                yield return JsonNode.Parse(text)!;
            }
        }

        foreach (var rule in new[] { schema }.Concat((schema["anyOf"] as JsonArray ?? []).Select(option => option!.AsObject())))
        {
            foreach (var word in rule["enum"] as JsonArray ?? [])
            {
                yield return word!.DeepClone();
                yield return word + "x";
            }

            foreach (var (keyword, over) in ((string, double)[])[("minimum", -1), ("maximum", 1)])
            {
                if (rule[keyword] is { } bound)
                {
                    yield return bound.DeepClone();
                    yield return JsonValue.Create((double)bound + over);
                    yield return JsonValue.Create((double)bound - over);
                }
            }

            if (rule["maxLength"] is { } longest && !rule.ContainsKey("pattern"))
            {
                yield return new string('x', (int)longest);
                yield return new string('x', (int)longest + 1);
            }

            if (rule["maxItems"] is { } most)
            {
                yield return new JsonArray([.. Enumerable.Range(0, (int)most).Select(i => (JsonNode?)JsonValue.Create($"i{i}"))]);
                yield return new JsonArray([.. Enumerable.Range(0, (int)most + 1).Select(i => (JsonNode?)JsonValue.Create($"i{i}"))]);
                yield return new JsonArray(new string('x', 512));
                yield return new JsonArray(new string('x', 513));
            }
        }
    }

    private static string With(string key, JsonNode value)
    {
        var document = JsonNode.Parse(Base)!.AsObject();
        Put(document, key, value);
        return document.ToJsonString();
    }

    private static void Put(JsonObject document, string key, JsonNode value)
    {
        var at = document;
        var steps = key.Split('.');
        for (var i = 0; i < steps.Length - 1; i++)
        {
            var step = steps[i] != "*" ? steps[i] : steps[i - 1] switch { "accounts" => "a", "groups" => "-5", _ => "5" };
            if (step.EndsWith("[]", StringComparison.Ordinal))
            {
                at = at[step[..^2]]![0]!.AsObject();
            }
            else
            {
                if (at[step] is not JsonObject)
                {
                    // Hours and webhooks are whole or not there.
                    at[step] = step switch
                    {
                        "activeHours" => new JsonObject { ["start"] = "08:00", ["end"] = "20:00" },
                        "webhook" => new JsonObject { ["url"] = "https://x.example/t", ["secret"] = "0123456789abcdef" },
                        _ => new JsonObject(),
                    };
                }

                at = at[step]!.AsObject();
            }
        }

        at[steps[^1]] = value.DeepClone();
    }

    private static JsonObject Leaf(string key) => Leaves().Single(leaf => leaf.Key == key).Schema;

    private static IEnumerable<(string Key, JsonObject Schema)> Leaves() => Walk(ConfigSchema.Root, "").Where(node => !IsSection(node.Schema));

    // The parts of a model are keys too.
    private static IEnumerable<string> Sections() => Walk(ConfigSchema.Root, "").Where(node => IsSection(node.Schema)).Select(node => node.Key)
        .Concat(Walk(ConfigSchema.Root, "").Where(node => node.Schema.ContainsKey(ConfigSchema.ModelKind)).SelectMany(node => new[] { node.Key + ".primary", node.Key + ".fallbacks" }));

    private static bool IsSection(JsonObject schema) => schema.ContainsKey("properties") || (schema["items"] ?? schema["additionalProperties"])?["properties"] is not null;

    private static IEnumerable<(string Key, JsonObject Schema)> Walk(JsonObject schema, string path)
    {
        foreach (var (name, value) in schema["properties"] as JsonObject ?? (schema["items"] ?? schema["additionalProperties"])?["properties"] as JsonObject ?? [])
        {
            var key = path.Length == 0 ? name : path + "." + name;
            var member = value!.AsObject();
            yield return (key, member);
            if (member["additionalProperties"]?["properties"] is not null)
            {
                yield return (key + ".*", member["additionalProperties"]!.AsObject());
            }

            foreach (var below in Walk(member, member["items"]?["properties"] is not null ? key + "[]" : member["additionalProperties"]?["properties"] is not null ? key + ".*" : key))
            {
                yield return below;
            }
        }
    }
}
