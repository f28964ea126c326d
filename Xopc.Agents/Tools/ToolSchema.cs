using System.Buffers;
using System.Text.Json;

namespace Xopc.Agents.Tools;

/// <summary>Writes a tool's parameters as the JSON Schema that models are given.</summary>
internal static class ToolSchema
{
    public static JsonElement Create(IReadOnlyList<ToolParameter> parameters)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            json.WriteString("type", "object");
            json.WriteStartObject("properties");
            foreach (var parameter in parameters)
            {
                json.WriteStartObject(parameter.Name);
                json.WriteString("type", parameter.Type switch { ToolParameterType.Count => "integer", ToolParameterType.Flag => "boolean", _ => "string" });
                json.WriteString("description", parameter.Description);
                json.WriteEndObject();
            }

            json.WriteEndObject();
            json.WriteStartArray("required");
            foreach (var parameter in parameters.Where(parameter => parameter.Required))
            {
                json.WriteStringValue(parameter.Name);
            }

            json.WriteEndArray();
            json.WriteBoolean("additionalProperties", false);
            json.WriteEndObject();
        }

        using var document = JsonDocument.Parse(buffer.WrittenMemory);
        return document.RootElement.Clone();
    }
}
