using System.Text.Json;
using System.Text.Json.Serialization;
using Microsoft.Extensions.AI;

namespace Xopc.Agents.Models;

/// <summary>The arguments of a tool call, as the JSON text that travels and as the table that Microsoft.Extensions.AI keeps.</summary>
internal static partial class ToolCallArguments
{
    /// <summary>False unless the text is one JSON object. Values are <see cref="JsonElement"/>s.</summary>
    public static bool TryParse(string json, out IDictionary<string, object?> arguments)
    {
        arguments = new Dictionary<string, object?>(StringComparer.Ordinal);
        try
        {
            using var document = JsonDocument.Parse(json);
            if (document.RootElement.ValueKind != JsonValueKind.Object)
            {
                return false;
            }

            foreach (var property in document.RootElement.EnumerateObject())
            {
                arguments[property.Name] = property.Value.Clone();
            }

            return true;
        }
        catch (Exception ex) when (ex is JsonException or InvalidOperationException)
        {
            return false;
        }
    }

    /// <summary>A call of an earlier message, as it goes back to a model.</summary>
    public static FunctionCallContent ToContent(string id, string name, string json) =>
        new(id, name, TryParse(json, out var arguments) ? arguments : new Dictionary<string, object?>()) { RawRepresentation = json };

    /// <summary>The JSON object of a call, whoever made it.</summary>
    public static string ToJson(FunctionCallContent call) => call switch
    {
        { RawRepresentation: string json } => json,
        { Arguments: null or { Count: 0 } } => "{}",
        _ => JsonSerializer.Serialize(call.Arguments, ArgumentsJson.Default.IDictionaryStringObject),
    };

    [JsonSerializable(typeof(IDictionary<string, object?>))]
    [JsonSerializable(typeof(JsonElement))]
    [JsonSerializable(typeof(string))]
    [JsonSerializable(typeof(bool))]
    [JsonSerializable(typeof(int))]
    [JsonSerializable(typeof(long))]
    [JsonSerializable(typeof(double))]
    private sealed partial class ArgumentsJson : JsonSerializerContext;
}
