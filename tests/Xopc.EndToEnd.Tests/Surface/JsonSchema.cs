using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Xopc.EndToEnd.Tests.Surface;

/// <summary>
/// Holds a value against a schema of the document: the keywords that the document uses, and no others. Stricter than JSON Schema in one thing: a property that no
/// schema names is a fault, because then the document says less than the route answers.
/// </summary>
internal sealed class JsonSchema(JsonObject document)
{
    private static readonly HashSet<string> Known = new(StringComparer.Ordinal)
    {
        "$ref", "type", "properties", "required", "items", "enum", "allOf", "anyOf", "additionalProperties", "minimum", "maximum", "format", "default", "description", "x-xopc-schema", "examples",
    };

    public IEnumerable<string> Faults(JsonNode? schema, JsonNode? value) => [.. Check(schema, value, "$"), .. Unnamed(schema, value, "$")];

    /// <summary>What a reference points at, and anything else as it is.</summary>
    public JsonNode? Resolve(JsonNode? node)
    {
        while ((node as JsonObject)?["$ref"] is { } reference)
        {
            var text = (string)reference!;
            node = document;
            foreach (var part in text.Split('/').Skip(1))
            {
                node = node?[part];
            }

            Assert.True(node is not null, $"{text} points at nothing");
        }

        return node;
    }

    private IEnumerable<string> Check(JsonNode? node, JsonNode? value, string path)
    {
        if (Resolve(node) is not JsonObject schema)
        {
            return []; // true, or no schema: anything
        }

        Assert.DoesNotContain(schema, static keyword => !Known.Contains(keyword.Key));
        return
        [
            .. CheckType(schema, value, path), .. CheckValue(schema, value, path), .. CheckObject(schema, value as JsonObject, path),
            .. value is JsonArray items && schema["items"] is { } item ? items.SelectMany((each, i) => Check(item, each, $"{path}[{i}]")) : [],
            .. schema["allOf"] is JsonArray all ? all.SelectMany(each => Check(each, value, path)) : [],
            .. schema["anyOf"] is JsonArray any && !any.Any(each => !Check(each, value, path).Any()) ? [$"{path} fits none of anyOf"] : Array.Empty<string>(),
        ];
    }

    private static IEnumerable<string> CheckType(JsonObject schema, JsonNode? value, string path)
    {
        if (schema["type"] is { } type)
        {
            var allowed = type is JsonArray several ? several.Select(static each => (string)each!).ToArray() : [(string)type!];
            if (!allowed.Any(each => Is(each, value)))
            {
                yield return $"{path} is {value?.ToJsonString() ?? "null"}, not {string.Join(" or ", allowed)}";
            }
        }
    }

    private static bool Is(string type, JsonNode? value) => (type, value?.GetValueKind() ?? JsonValueKind.Null) switch
    {
        ("null", JsonValueKind.Null) or ("object", JsonValueKind.Object) or ("array", JsonValueKind.Array) or ("string", JsonValueKind.String) => true,
        ("boolean", JsonValueKind.True or JsonValueKind.False) or ("number", JsonValueKind.Number) => true,
        ("integer", JsonValueKind.Number) => long.TryParse(value!.ToJsonString(), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out _),
        _ => false,
    };

    private static IEnumerable<string> CheckValue(JsonObject schema, JsonNode? value, string path)
    {
        if (schema["enum"] is JsonArray values && !values.Any(each => JsonNode.DeepEquals(each, value)))
        {
            yield return $"{path} is {value?.ToJsonString() ?? "null"}, none of {values.ToJsonString()}";
        }

        if ((string?)schema["format"] == "date-time" && value is not null && !DateTimeOffset.TryParse((string)value!, CultureInfo.InvariantCulture, out _))
        {
            yield return $"{path} is no date and time: {value.ToJsonString()}";
        }
    }

    private IEnumerable<string> CheckObject(JsonObject schema, JsonObject? value, string path)
    {
        if (value is null)
        {
            return [];
        }

        return
        [
            .. schema["required"] is JsonArray required ? required.Where(name => !value.ContainsKey((string)name!)).Select(name => $"{path} lacks {name}") : [],
            .. schema["properties"] is JsonObject properties
                ? value.Where(each => properties.ContainsKey(each.Key)).SelectMany(each => Check(properties[each.Key], each.Value, $"{path}.{each.Key}")) : [],
            .. schema["additionalProperties"] is { } rest
                ? value.Where(each => schema["properties"]?[each.Key] is null).SelectMany(each => Check(rest, each.Value, $"{path}.{each.Key}")) : [],
        ];
    }

    private IEnumerable<string> Unnamed(JsonNode? schema, JsonNode? value, string path)
    {
        if (value is JsonArray items)
        {
            return items.SelectMany((each, i) => Unnamed(Children(schema, "items").FirstOrDefault(), each, $"{path}[{i}]"));
        }

        if (value is not JsonObject members || Children(schema, "additionalProperties").Any())
        {
            return [];
        }

        var named = Children(schema, "properties").OfType<JsonObject>().ToList();
        return named.Count == 0
            ? []
            : members.SelectMany(member => named.FirstOrDefault(each => each.ContainsKey(member.Key)) is { } properties
                ? Unnamed(properties[member.Key], member.Value, $"{path}.{member.Key}")
                : [$"{path}.{member.Key} is in no schema"]);
    }

    // The keyword of the schema and of all it is put together from.
    private IEnumerable<JsonNode?> Children(JsonNode? node, string keyword)
    {
        if (Resolve(node) is not JsonObject schema)
        {
            return [];
        }

        var parts = (schema["allOf"] as JsonArray ?? []).Concat(schema["anyOf"] as JsonArray ?? []);
        return [.. schema[keyword] is { } own ? [own] : Array.Empty<JsonNode?>(), .. parts.SelectMany(part => Children(part, keyword))];
    }
}
