using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Schema;
using System.Text.Json.Serialization.Metadata;
using Xopc.ServiceDefaults.Http;

namespace Xopc.ServiceDefaults.OpenApi;

/// <summary>
/// JSON schemas of the types on the wire, made from the very metadata that reads and writes them. Objects become components, everything else stands where it
/// is used.
/// </summary>
internal sealed class OpenApiSchemas(IEnumerable<ApiShapes> shapes)
{
    private const string Prefix = "#/components/schemas/";

    private readonly List<JsonSerializerOptions> _contexts = [.. shapes.Select(static shape => shape.Context().Options)];
    private readonly Dictionary<string, (Type Type, string Text, JsonNode Schema)> _components = new(StringComparer.Ordinal);

    /// <summary>The schema of a body that is sent to us: what may be left out may be left out.</summary>
    public JsonNode OfRequest(Type type) => Export(type, Direction.In);

    /// <summary>The schema of an answer: what is never null is always there.</summary>
    public JsonNode OfAnswer(Type type) => Export(type, Direction.Out);

    /// <summary>Every component so far, by name.</summary>
    public JsonObject Components() =>
        new(_components.OrderBy(static pair => pair.Key, StringComparer.Ordinal).Select(static pair => KeyValuePair.Create(pair.Key, (JsonNode?)pair.Value.Schema)));

    private enum Direction
    {
        In,
        Out,
    }

    private JsonNode Export(Type type, Direction direction)
    {
        var known = _contexts.Select(options => options.TypeInfoResolver!.GetTypeInfo(type, options) is null ? null : options.GetTypeInfo(type)).FirstOrDefault(static info => info is not null)
            ?? throw new InvalidOperationException($"{type} is described at an endpoint and is in no JSON context that the process registered.");
        var options = new JsonSchemaExporterOptions
        {
            TreatNullObliviousAsNonNullable = true,
            TransformSchemaNode = (context, schema) => Transform(context, schema, direction),
        };
        return known.GetJsonSchemaAsNode(options);
    }

    // Called for the innermost first, so what an object holds is a reference already when the object itself comes.
    private JsonNode Transform(JsonSchemaExporterContext context, JsonNode schema, Direction direction)
    {
        if (context.TypeInfo.Kind is not JsonTypeInfoKind.Object || schema is not JsonObject node)
        {
            return schema;
        }

        var nullable = node["type"] is JsonArray;
        var name = NameOf(context.TypeInfo.Type);
        if (!node.ContainsKey("$ref"))
        {
            node["type"] = "object";
            if (context.TypeInfo.Properties.Any(static property => property.IsExtensionData))
            {
                node["additionalProperties"] = true;
            }

            Require(node, context.TypeInfo, direction);
            name = Keep(name, context.TypeInfo.Type, node, direction);
        }

        var reference = new JsonObject { ["$ref"] = Prefix + name };
        return nullable ? new JsonObject { ["anyOf"] = new JsonArray(reference, new JsonObject { ["type"] = "null" }) } : reference;
    }

    private static void Require(JsonObject node, JsonTypeInfo type, Direction direction)
    {
        var required = type.Properties
            .Where(property => direction is Direction.In ? property.IsRequired : property.Get is not null && !property.IsGetNullable)
            .Select(static property => (JsonNode)property.Name)
            .ToArray();
        node.Remove("required");
        if (required.Length > 0)
        {
            node["required"] = new JsonArray(required);
        }
    }

    // A type that is read and written has two schemas where they differ.
    private string Keep(string name, Type type, JsonObject schema, Direction direction)
    {
        var text = schema.ToJsonString();
        if (!_components.TryGetValue(name, out var kept))
        {
            _components[name] = (type, text, schema);
            return name;
        }

        if (kept.Type != type)
        {
            throw new InvalidOperationException($"{type} and {kept.Type} have the same name in /openapi.json: rename one of them.");
        }

        return kept.Text == text ? name : Keep(name + (direction is Direction.In ? "Body" : "Answer"), type, schema, direction);
    }

    // ModelsReply<ProvidersPayload> → ModelsReplyProvidersPayload
    private static string NameOf(Type type) => type.IsGenericType
        ? type.Name[..type.Name.IndexOf('`', StringComparison.Ordinal)] + string.Concat(type.GetGenericArguments().Select(NameOf))
        : type.Name;
}
