using System.Text.Json.Nodes;
using Xopc.Contracts;

namespace Xopc.ServiceDefaults.OpenApi;

/// <summary>The error answers of the document: one component for each set of codes that share a status.</summary>
internal sealed class OpenApiErrors
{
    private readonly SortedDictionary<string, JsonNode> _components = new(StringComparer.Ordinal);

    /// <summary>The one error shape, of which every error answer fixes the codes.</summary>
    public static JsonObject Schema => new()
    {
        ["type"] = "object",
        ["required"] = new JsonArray("error"),
        ["properties"] = new JsonObject
        {
            ["error"] = new JsonObject
            {
                ["type"] = "object",
                ["required"] = new JsonArray("code", "message"),
                ["properties"] = new JsonObject
                {
                    ["code"] = new JsonObject { ["enum"] = new JsonArray([.. ErrorCode.All.Select(static code => (JsonNode)code.Name)]) },
                    ["message"] = new JsonObject { ["type"] = "string" },
                },
            },
        },
    };

    public const string SchemaName = "Error";

    /// <summary>References by status, and the components they name.</summary>
    public IEnumerable<(string Status, JsonNode Response)> Of(IReadOnlySet<ErrorCode> codes, bool withoutBody)
    {
        foreach (var status in codes.GroupBy(static code => code.Status))
        {
            yield return (status.Key.ToString(), Reference(status.Key, [.. status.OrderBy(static code => code.Name, StringComparer.Ordinal)], withoutBody));
        }

        // The address is too long: the status is finer than the registry's.
        yield return ("414", Reference(414, [ErrorCode.InvalidRequest], withoutBody));
    }

    public JsonObject Components() => new(_components.Select(static pair => KeyValuePair.Create(pair.Key, (JsonNode?)pair.Value)));

    private JsonObject Reference(int status, ErrorCode[] codes, bool withoutBody)
    {
        var name = string.Join('-', codes.Select(static code => code.Name)) + (codes[0].Status == status ? "" : $"-{status}") + (withoutBody ? "-head" : "");
        if (!_components.ContainsKey(name))
        {
            _components[name] = Response(status, codes, withoutBody);
        }

        return new JsonObject { ["$ref"] = "#/components/responses/" + name };
    }

    private static JsonObject Response(int status, ErrorCode[] codes, bool withoutBody)
    {
        var response = new JsonObject
        {
            ["description"] = status == 414 ? "The address of the request is too long" : string.Join("; ", codes.Select(static code => code.Meaning)),
        };
        if (status is 429 or 503)
        {
            response["headers"] = new JsonObject
            {
                ["Retry-After"] = new JsonObject { ["description"] = "Seconds after which to try again", ["schema"] = new JsonObject { ["type"] = "integer" } },
            };
        }

        if (!withoutBody)
        {
            var named = new JsonObject
            {
                ["properties"] = new JsonObject
                {
                    ["error"] = new JsonObject
                    {
                        ["properties"] = new JsonObject { ["code"] = new JsonObject { ["enum"] = new JsonArray([.. codes.Select(static code => (JsonNode)code.Name)]) } },
                    },
                },
            };
            response["content"] = new JsonObject
            {
                ["application/json"] = new JsonObject
                {
                    ["schema"] = new JsonObject { ["allOf"] = new JsonArray(new JsonObject { ["$ref"] = "#/components/schemas/" + SchemaName }, named) },
                },
            };
        }

        return response;
    }
}
