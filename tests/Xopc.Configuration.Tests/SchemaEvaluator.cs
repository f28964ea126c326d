using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace Xopc.Configuration.Tests;

/// <summary>The keywords that the schema uses, and no others: an unknown one fails, so that none is silently not judged.</summary>
internal static class SchemaEvaluator
{
    private static readonly HashSet<string> Notes = ["$schema", "$defs", "title", "description", "default", "deprecated", "writeOnly", "x-hot", ConfigSchema.ModelKind];

    public static bool Accepts(JsonObject schema, JsonElement value)
    {
        foreach (var (keyword, rule) in schema)
        {
            if (!Notes.Contains(keyword) && !Holds(keyword, rule!, schema, value))
            {
                return false;
            }
        }

        return true;
    }

    private static bool Holds(string keyword, JsonNode rule, JsonObject schema, JsonElement value) => keyword switch
    {
        "type" => rule is JsonArray types ? types.Any(type => IsOf((string)type!, value)) : IsOf((string)rule!, value),
        "properties" => value.ValueKind != JsonValueKind.Object || value.EnumerateObject().All(member => rule[member.Name] is not JsonObject known || Accepts(known, member.Value)),
        "additionalProperties" => value.ValueKind != JsonValueKind.Object || value.EnumerateObject().All(member => schema["properties"]?[member.Name] is not null || Accepts(rule.AsObject(), member.Value)),
        "required" => value.ValueKind != JsonValueKind.Object || rule.AsArray().All(name => value.TryGetProperty((string)name!, out var member) && member.ValueKind != JsonValueKind.Null),
        "items" => value.ValueKind != JsonValueKind.Array || value.EnumerateArray().All(item => Accepts(rule.AsObject(), item)),
        "maxItems" => value.ValueKind != JsonValueKind.Array || value.GetArrayLength() <= (int)rule,
        "maxProperties" => value.ValueKind != JsonValueKind.Object || value.EnumerateObject().Count() <= (int)rule,
        "minimum" => value.ValueKind != JsonValueKind.Number || value.GetDouble() >= (double)rule,
        "maximum" => value.ValueKind != JsonValueKind.Number || value.GetDouble() <= (double)rule,
        "minLength" => value.ValueKind != JsonValueKind.String || value.GetString()!.Length >= (int)rule,
        "maxLength" => value.ValueKind != JsonValueKind.String || value.GetString()!.Length <= (int)rule,
        "pattern" => value.ValueKind != JsonValueKind.String || Regex.IsMatch(value.GetString()!, (string)rule!, RegexOptions.ECMAScript, TimeSpan.FromSeconds(1)),
        "enum" => rule.AsArray().Any(allowed => JsonElement.DeepEquals(JsonSerializer.SerializeToElement(allowed), value)),
        "anyOf" => rule.AsArray().Any(option => Accepts(option!.AsObject(), value)),
        "$ref" => Accepts(ConfigSchema.Root["$defs"]![((string)rule!).Split('/')[^1]]!.AsObject(), value),
        _ => throw new InvalidOperationException($"The schema uses {keyword}, which nothing here judges."),
    };

    private static bool IsOf(string type, JsonElement value) => (type, value.ValueKind) switch
    {
        ("null", JsonValueKind.Null) or ("object", JsonValueKind.Object) or ("array", JsonValueKind.Array) or ("string", JsonValueKind.String) or ("number", JsonValueKind.Number) => true,
        ("boolean", JsonValueKind.True or JsonValueKind.False) => true,
        ("integer", JsonValueKind.Number) => value.GetDouble() == Math.Floor(value.GetDouble()),
        _ => false,
    };
}
