using System.Text.Json;
using System.Text.Json.Serialization;

namespace Xopc.Configuration;

/// <summary>The channels nobody has typed, side by side; what the schema and the view have of the typed one comes from elsewhere. Only written: the readers read.</summary>
internal sealed class ChannelsJson : JsonConverter<ChannelsConfig>
{
    public override ChannelsConfig Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) => throw new NotSupportedException();

    public override void Write(Utf8JsonWriter writer, ChannelsConfig value, JsonSerializerOptions options)
    {
        writer.WriteStartObject();
        foreach (var (id, section) in value.Sections.OrderBy(section => section.Key, StringComparer.Ordinal))
        {
            writer.WritePropertyName(id);
            section.WriteTo(writer);
        }

        writer.WriteEndObject();
    }
}
