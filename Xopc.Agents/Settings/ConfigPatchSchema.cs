using System.Text.Json.Nodes;
using Xopc.Configuration;

namespace Xopc.Agents.Settings;

/// <summary>
/// The body of <c>PATCH /api/config</c> in the API's document: the sections there are, and where the rest stands. The file's schema itself would say too much,
/// since a change may also clear anything and leave secrets masked.
/// </summary>
internal static class ConfigPatchSchema
{
    public static JsonObject Create()
    {
        var properties = new JsonObject();
        foreach (var (name, section) in ConfigSchema.Document()["properties"]!.AsObject())
        {
            properties[name] = Section(section!["type"] is JsonArray types ? (string)types[0]! : (string?)section["type"] ?? "object", (string?)section["description"]);
        }

        return new JsonObject
        {
            ["type"] = "object",
            ["description"] = "The keys to change, in the shape of GET /api/config. Every key may also be null, which clears it; a secret may be *** and stays as it is.",
            ["properties"] = properties,
            ["additionalProperties"] = true,
            ["examples"] = new JsonArray(JsonNode.Parse("""{"agents":{"defaults":{"temperature":0.5}}}""")),
            ["x-xopc-schema"] = "/api/config/schema",
        };
    }

    private static JsonObject Section(string type, string? description)
    {
        var section = new JsonObject { ["type"] = new JsonArray(type, "null") };
        if (description is not null)
        {
            section["description"] = description;
        }

        return section;
    }
}
