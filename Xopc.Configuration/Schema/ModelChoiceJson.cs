using System.Text.Json;
using System.Text.Json.Serialization;

namespace Xopc.Configuration;

/// <summary><c>"provider/model"</c>, or <c>{"primary": …, "fallbacks": […]}</c> where there are fallbacks. Only written: the readers read.</summary>
internal sealed class ModelChoiceJson : JsonConverter<ModelChoice>
{
    public override ModelChoice Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) => throw new NotSupportedException();

    public override void Write(Utf8JsonWriter writer, ModelChoice value, JsonSerializerOptions options)
    {
        if (value.Fallbacks.IsDefaultOrEmpty)
        {
            writer.WriteStringValue(value.Primary);
            return;
        }

        writer.WriteStartObject();
        writer.WriteString("primary"u8, value.Primary);
        writer.WriteStartArray("fallbacks"u8);
        foreach (var fallback in value.Fallbacks)
        {
            writer.WriteStringValue(fallback);
        }

        writer.WriteEndArray();
        writer.WriteEndObject();
    }
}
