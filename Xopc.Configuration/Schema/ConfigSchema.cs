using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Schema;

namespace Xopc.Configuration;

/// <summary>
/// The JSON Schema (2020-12) of <c>xopc.json</c>, made from the typed model and its annotations. Further keywords: <c>x-hot</c> (takes effect without
/// a restart), <c>writeOnly</c> (a secret: never shown), <c>deprecated</c> (an older name). It describes the canonical form; the readers also take
/// another letter case in words of a list, and an empty text for an absent one. Keys it does not know are allowed: they are kept and have no effect.
/// </summary>
public static class ConfigSchema
{
    internal const string ModelKind = "x-model";

    private const string Reference = "#/$defs/reference";
    private const int LongestItem = 512;

    private static readonly Lazy<JsonObject> Built = new(Build);

    /// <summary>A copy.</summary>
    public static JsonObject Document() => Built.Value.DeepClone().AsObject();

    /// <summary>Shared; nobody changes it.</summary>
    internal static JsonObject Root => Built.Value;

    /// <summary>What the schema says of an object's member; null: it does not know it.</summary>
    internal static JsonObject? Member(JsonObject schema, string name) => schema["properties"]?[name] as JsonObject;

    /// <summary>The description of an older name's entry.</summary>
    internal static string OlderNameOf(string name) => $"Older name of {name}.";

    private static JsonObject Build()
    {
        var root = Of(typeof(XopcConfig));
        root["properties"]!["channels"]!["properties"] = new JsonObject { ["telegram"] = Telegram() };
        var agents = root["properties"]!["agents"]!["properties"]!.AsObject();
        Keep(agents["defaults"]!.AsObject(), without: "x-in-rows");
        Keep(agents["list"]!["items"]!.AsObject(), without: "x-in-defaults");
        var defaults = JsonSerializer.SerializeToNode(new XopcConfig(), ConfigurationJson.Default.XopcConfig)!;
        defaults["channels"]!["telegram"] = JsonSerializer.SerializeToNode(TelegramSection.BuiltIn, ConfigurationJson.Default.TelegramSection);
        Finish(root, "", defaults);
        var document = new JsonObject
        {
            ["$schema"] = "https://json-schema.org/draft/2020-12/schema",
            ["title"] = "xopc.json",
            ["description"] = "Configuration of Xopc. null is the same as absent.",
        };
        foreach (var (name, value) in root.ToArray())
        {
            root.Remove(name);
            document[name] = value;
        }

        document["$defs"] = new JsonObject
        {
            ["reference"] = new JsonObject
            {
                ["type"] = "string", ["pattern"] = ConfigPatterns.Reference, ["description"] = "A text with ${NAME} in it: the environment variable's value stands in its place.",
            },
        };
        return JsonNode.Parse(document.ToJsonString())!.AsObject(); // numbers as whoever reads it gets them: of no particular type
    }

    private static JsonObject Telegram()
    {
        var schema = Of(typeof(TelegramSection));
        schema["description"] = "Telegram bots; what stands here counts for all of them.";
        return schema;
    }

    private static JsonObject Of(Type type)
    {
        var options = new JsonSchemaExporterOptions { TransformSchemaNode = Annotate, TreatNullObliviousAsNonNullable = true };
        var schema = ConfigurationJson.Default.Options.GetJsonSchemaAsNode(type, options).AsObject();
        Inline(schema, schema);
        return schema;
    }

    private static JsonObject Annotate(JsonSchemaExporterContext context, JsonNode schema)
    {
        var type = Nullable.GetUnderlyingType(context.TypeInfo.Type) ?? context.TypeInfo.Type;
        var json = type == typeof(ModelChoice) ? Model() : type == typeof(ChannelsConfig) ? Channels() : type == typeof(TimeOnly) ? Of("string") : schema as JsonObject ?? [];
        foreach (var attribute in context.PropertyInfo?.AttributeProvider?.GetCustomAttributes(inherit: false) ?? [])
        {
            Apply(json, attribute);
        }

        return json;
    }

    private static void Apply(JsonObject json, object attribute)
    {
        switch (attribute)
        {
            case DescriptionAttribute description:
                json["description"] = description.Description;
                break;
            case RangeAttribute range:
                json["minimum"] = Number(range.Minimum);
                json["maximum"] = Number(range.Maximum);
                break;
            case AllowedValuesAttribute allowed:
                json["enum"] = new JsonArray([.. allowed.Values.Select(value => (JsonNode?)JsonValue.Create((string)value!))]);
                break;
            case StringLengthAttribute length:
                json["maxLength"] = length.MaximumLength;
                break;
            case MaxLengthAttribute length:
                json[json.ContainsKey("additionalProperties") ? "maxProperties" : "maxItems"] = length.Length;
                break;
            case RegularExpressionAttribute pattern:
                json["pattern"] = pattern.Pattern;
                break;
            case ItemsLikeAttribute items:
                json["items"]!["pattern"] = items.Pattern;
                break;
            case NumberIsTextAttribute:
                json["type"] = new JsonArray("string", "number");
                break;
            case ItemsAtMostAttribute items:
                json["additionalProperties"]!["maxItems"] = items.Count;
                break;
            case RequiredAttribute:
                json["x-required"] = true;
                break;
            case OlderNameAttribute older:
                json["x-older"] = older.Name;
                break;
            case InRowsOnlyAttribute:
                json["x-in-rows"] = true;
                break;
            case InDefaultsOnlyAttribute:
                json["x-in-defaults"] = true;
                break;
        }
    }

    private static JsonValue Number(object bound) =>
        bound is double real && real == Math.Floor(real) ? JsonValue.Create((long)real) : bound is double fraction ? JsonValue.Create(fraction) : JsonValue.Create(Convert.ToInt64(bound, CultureInfo.InvariantCulture));

    // A type that occurs twice is a pointer at its first place; the two places differ in what they allow.
    private static void Inline(JsonNode? node, JsonObject root)
    {
        if (node is JsonArray array)
        {
            foreach (var item in array)
            {
                Inline(item, root);
            }
        }

        if (node is not JsonObject json)
        {
            return;
        }

        if (json["$ref"] is JsonValue pointer && (string?)pointer is { } path && path != Reference)
        {
            json.Remove("$ref");
            var target = path[2..].Split('/').Aggregate((JsonNode)root, (at, step) => at is JsonArray list ? list[int.Parse(step, CultureInfo.InvariantCulture)]! : at[step]!);
            foreach (var (name, value) in target.AsObject())
            {
                json.TryAdd(name, value?.DeepClone());
            }
        }

        foreach (var (_, value) in json.ToArray())
        {
            Inline(value, root);
        }
    }

    private static void Keep(JsonObject schema, string without)
    {
        var properties = schema["properties"]!.AsObject();
        foreach (var (name, value) in properties.ToArray())
        {
            if (value!.AsObject().ContainsKey(without))
            {
                properties.Remove(name);
            }
        }
    }

    private static void Finish(JsonObject schema, string path, JsonNode? defaults)
    {
        schema.Remove("required"); // of the types' constructors, not of the file
        schema.Remove("x-in-rows");
        schema.Remove("x-in-defaults");
        if (schema["properties"] is JsonObject properties && !schema.ContainsKey(ModelKind))
        {
            FinishMembers(schema, properties, path, defaults);
        }
        else if (!schema.ContainsKey(ModelKind))
        {
            FinishLeaf(schema, path, defaults);
        }

        if (path.Length > 0)
        {
            schema["x-hot"] = ConfigKeys.IsHot(path);
        }
    }

    private static void FinishMembers(JsonObject schema, JsonObject properties, string path, JsonNode? defaults)
    {
        schema["type"] = path.Length == 0 || path.EndsWith("[]", StringComparison.Ordinal) ? "object" : new JsonArray("object", "null");
        var required = new JsonArray();
        foreach (var (name, value) in properties.ToArray())
        {
            var member = value!.AsObject();
            if (member.Remove("x-required"))
            {
                required.Add(name);
            }

            Finish(member, ConfigSection.Join(path, name), defaults?[name]);
            if (member.Remove("x-older", out var older))
            {
                properties[(string)older!] = Deprecated(member, (string)older!, name);
            }
        }

        if (required.Count > 0)
        {
            schema["required"] = required;
        }
    }

    // The older name of a choice had other words.
    private static JsonObject Deprecated(JsonObject member, string older, string name)
    {
        var copy = older == "host" ? new JsonObject { ["type"] = new JsonArray("string", "null"), ["maxLength"] = 1024, ["x-hot"] = member["x-hot"]!.DeepClone() } : member.DeepClone().AsObject();
        copy.Remove("default");
        copy["deprecated"] = true;
        copy["description"] = OlderNameOf(name);
        return copy;
    }

    private static void FinishLeaf(JsonObject schema, string path, JsonNode? defaults)
    {
        if (ConfigSecrets.IsSecret(path))
        {
            schema["writeOnly"] = true;
        }

        if (defaults is JsonValue or JsonArray)
        {
            schema["default"] = defaults.DeepClone();
        }

        if (schema["items"] is JsonObject items)
        {
            schema["type"] = new JsonArray("array", "null");
            FinishItems(items, path);
        }
        else if (schema["additionalProperties"] is JsonObject values)
        {
            schema["type"] = new JsonArray("object", "null");
            if (values["properties"] is not null)
            {
                Finish(values, path + ".*", defaults: null);
            }
            else if (values["items"] is JsonObject texts)
            {
                values["type"] = new JsonArray("array", "null");
                FinishItems(texts, path);
            }
        }
        else
        {
            FinishScalar(schema);
        }
    }

    private static void FinishItems(JsonObject items, string path)
    {
        if (items.ContainsKey("properties"))
        {
            Finish(items, path + "[]", defaults: null);
            return;
        }

        items["type"] = new JsonArray("string", "number");
        items["minLength"] = 1;
        items["maxLength"] = LongestItem;
        if (items["pattern"] is { } pattern)
        {
            items["pattern"] = $"{pattern}|{ConfigPatterns.Reference}";
        }
    }

    // Where the words are bounded, a reference stands beside them: what it will hold nobody knows yet.
    private static void FinishScalar(JsonObject schema)
    {
        var types = schema["type"] is JsonArray several ? several.Select(type => (string)type!).ToList() : [(string)schema["type"]!];
        types.Remove("null");
        if (types.Contains("string") && !schema.ContainsKey("enum") && !schema.ContainsKey("pattern"))
        {
            schema["type"] = new JsonArray([.. types.Append("null").Select(type => (JsonNode?)JsonValue.Create(type))]);
            return;
        }

        var bounded = new JsonObject { ["type"] = types.Count == 1 ? types[0] : new JsonArray([.. types.Select(type => (JsonNode?)JsonValue.Create(type))]) };
        foreach (var keyword in (string[])["enum", "minimum", "maximum", "pattern", "maxLength"])
        {
            if (schema.Remove(keyword, out var value))
            {
                bounded[keyword] = value;
            }
        }

        schema.Remove("type");
        schema["anyOf"] = new JsonArray(bounded, new JsonObject { ["$ref"] = Reference }, Of("null"));
    }

    private static JsonObject Of(string type) => new() { ["type"] = type };

    private static JsonObject Channels() => new() { ["type"] = new JsonArray("object", "null"), ["additionalProperties"] = new JsonObject { ["type"] = new JsonArray("object", "null") }, ["maxProperties"] = 64 };

    private static JsonObject Model()
    {
        JsonObject Text() => new()
        {
            ["anyOf"] = new JsonArray(
                new JsonObject { ["type"] = "string", ["pattern"] = ConfigPatterns.ModelReference, ["maxLength"] = LongestItem }, new JsonObject { ["$ref"] = Reference }),
        };
        var primary = Text();
        primary["anyOf"]!.AsArray().Add(Of("null"));
        return new JsonObject
        {
            [ModelKind] = true,
            ["anyOf"] = new JsonArray(
                Text(),
                new JsonObject
                {
                    ["type"] = "object",
                    ["properties"] = new JsonObject
                    {
                        ["primary"] = primary,
                        ["fallbacks"] = new JsonObject { ["type"] = new JsonArray("array", "null"), ["maxItems"] = 20, ["items"] = Text() },
                    },
                },
                Of("null")),
        };
    }
}
