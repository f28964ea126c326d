using System.Buffers;
using System.Text.Json;

namespace Xopc.Configuration;

/// <summary>Copies a document with every <c>${VAR}</c> filled in, also in sections nobody has typed.</summary>
internal sealed class ReferenceResolution(ReadContext context, Func<string, string?>? environment, IReadOnlySet<string> overridden)
{
    // What the references of one document may add up to; a file full of references to one long variable stops here.
    private const int MaxTotal = 8 * 1024 * 1024;

    private int _total;

    /// <param name="root">As written.</param>
    /// <returns>The copy; texts whose reference cannot be filled in are as written and listed in <see cref="ReadContext.Unresolved"/>.</returns>
    public JsonElement Resolve(JsonElement root)
    {
        var buffer = new ArrayBufferWriter<byte>(1024);
        using (var writer = new Utf8JsonWriter(buffer, new JsonWriterOptions { MaxDepth = ConfigDocument.MaxDepth }))
        {
            Copy(writer, root, "");
        }

        return JsonElement.Parse(buffer.WrittenSpan, new JsonDocumentOptions { MaxDepth = ConfigDocument.MaxDepth });
    }

    private void Copy(Utf8JsonWriter writer, JsonElement value, string path)
    {
        switch (value.ValueKind)
        {
            case JsonValueKind.Object:
                writer.WriteStartObject();
                foreach (var member in value.EnumerateObject())
                {
                    writer.WritePropertyName(member.Name);
                    Copy(writer, member.Value, ConfigSection.Join(path, member.Name));
                }

                writer.WriteEndObject();
                break;
            case JsonValueKind.Array:
                writer.WriteStartArray();
                var i = 0;
                foreach (var item in value.EnumerateArray())
                {
                    Copy(writer, item, $"{path}[{i++}]");
                }

                writer.WriteEndArray();
                break;
            case JsonValueKind.String when value.GetString() is { } text && EnvironmentReferences.Any(text):
                writer.WriteStringValue(Fill(path, text));
                break;
            default:
                value.WriteTo(writer);
                break;
        }
    }

    private string Fill(string path, string text)
    {
        context.References[path] = text;
        if (environment is null || overridden.Contains(path))
        {
            context.Unresolved.Add(path);
            return text;
        }

        if (EnvironmentReferences.TryExpand(text, environment, out var expanded, out var missing) && (_total += expanded.Length) <= MaxTotal)
        {
            // Environment blocks may hold what is not UTF-16; JSON cannot.
            return System.Text.Encoding.UTF8.GetString(System.Text.Encoding.UTF8.GetBytes(expanded));
        }

        context.Unresolved.Add(path);
        if (missing is null)
        {
            context.Error(path, "is too long once its references are filled in", $"Keep it under {EnvironmentReferences.MaxExpandedLength} characters.");
        }
        else
        {
            context.Error(path, $"refers to the environment variable {ReadContext.Printable(missing)}, which is not set", "Set it for this process, or write $${…} for the text itself.");
        }

        return text;
    }
}
