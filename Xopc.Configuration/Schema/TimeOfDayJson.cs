using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Xopc.Configuration;

/// <summary><c>08:30</c>, as the file has it. Only written: the readers read.</summary>
internal sealed class TimeOfDayJson : JsonConverter<TimeOnly>
{
    public override TimeOnly Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) => throw new NotSupportedException();

    public override void Write(Utf8JsonWriter writer, TimeOnly value, JsonSerializerOptions options) =>
        writer.WriteStringValue(value.ToString("HH:mm", CultureInfo.InvariantCulture));
}
