using System.Text;
using System.Text.Json;
using System.Text.Unicode;
using Xopc.ServiceDefaults.Redaction;

namespace Xopc.Gateway.Logs;

/// <summary>
/// One line of a log, read: <c>{"level":"info","time":"2026-01-01T00:00:00.123Z",…,"module":"Xopc.Agents.Runs","msg":"…",…}</c>. A line that is no such
/// object (torn by a power cut, or not ours) is kept as text.
/// </summary>
internal sealed class LogRecord : IDisposable
{
    private const int LongestText = 8 * 1024;
    private readonly JsonDocument? _json;
    private readonly string? _text;

    private LogRecord(DateTimeOffset time, JsonDocument? json, string? text) => (Time, _json, _text) = (time, json, text);

    public DateTimeOffset Time { get; }

    /// <summary><c>trace</c>, <c>debug</c>, <c>info</c>, <c>warn</c>, <c>error</c>, <c>fatal</c>.</summary>
    public string Level => Field("level") ?? "info";

    /// <param name="line">Without its line feed; copied.</param>
    /// <param name="otherwise">The time of a line that has none.</param>
    public static LogRecord Parse(ReadOnlyMemory<byte> line, DateTimeOffset otherwise)
    {
        try
        {
            var json = JsonDocument.Parse(line.ToArray(), new JsonDocumentOptions { MaxDepth = 32 });
            if (json.RootElement.ValueKind is JsonValueKind.Object && IsText(line.Span, json.RootElement))
            {
                var time = json.RootElement.TryGetProperty("time"u8, out var written) && written.ValueKind is JsonValueKind.String
                    && written.TryGetDateTimeOffset(out var parsed) ? parsed : otherwise;
                return new LogRecord(time, json, null);
            }

            json.Dispose();
        }
        catch (JsonException)
        {
            // Kept as text.
        }

        var text = Encoding.UTF8.GetString(line.Span[..Math.Min(line.Length, LongestText)]);
        return new LogRecord(otherwise, null, text);
    }

    /// <summary>A text field of the line, or null.</summary>
    public string? Field(string name) =>
        _json is not null && _json.RootElement.TryGetProperty(name, out var value) && value.ValueKind is JsonValueKind.String ? value.GetString() : null;

    /// <summary>Whether any text of the line contains it, whatever its case.</summary>
    public bool Mentions(string text) => _json is null ? Contains(_text, text) : Mentions(_json.RootElement, text);

    /// <summary>Writes <c>{"timestamp","level","message",…}</c>, redacted once more: a secret may have become known after the line was written.</summary>
    public void WriteTo(Utf8JsonWriter output, Redactor redactor)
    {
        output.WriteStartObject();
        output.WriteString("timestamp"u8, Time.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'"));
        output.WriteString("level"u8, redactor.Redact(Level));
        output.WriteString("message"u8, redactor.Redact(_text ?? Field("msg") ?? ""));
        if (_json is not null)
        {
            foreach (var field in _json.RootElement.EnumerateObject())
            {
                if (field.Name is not ("time" or "level" or "msg" or "timestamp" or "message"))
                {
                    output.WritePropertyName(field.Name);
                    Write(field.Value, output, redactor);
                }
            }
        }

        output.WriteEndObject();
    }

    public void Dispose() => _json?.Dispose();

    /// <summary>JSON may hold what no text can, bytes that are no UTF-8 or half a surrogate pair, and says so only where it is read.</summary>
    private static bool IsText(ReadOnlySpan<byte> line, JsonElement root)
    {
        if (!Utf8.IsValid(line))
        {
            return false;
        }

        if (line.IndexOf("\\u"u8) < 0)
        {
            return true;
        }

        try
        {
            Mentions(root, "\0"); // reads every value
            return ReadNames(root);
        }
        catch (InvalidOperationException)
        {
            return false;
        }
    }

    private static bool ReadNames(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.Object => value.EnumerateObject().All(member => member.Name.Length >= 0 && ReadNames(member.Value)),
        JsonValueKind.Array => value.EnumerateArray().All(ReadNames),
        _ => true,
    };

    private static void Write(JsonElement value, Utf8JsonWriter output, Redactor redactor)
    {
        switch (value.ValueKind)
        {
            case JsonValueKind.String:
                output.WriteStringValue(redactor.Redact(value.GetString()!));
                break;
            case JsonValueKind.Object:
                output.WriteStartObject();
                foreach (var member in value.EnumerateObject())
                {
                    output.WritePropertyName(member.Name);
                    Write(member.Value, output, redactor);
                }

                output.WriteEndObject();
                break;
            case JsonValueKind.Array:
                output.WriteStartArray();
                foreach (var element in value.EnumerateArray())
                {
                    Write(element, output, redactor);
                }

                output.WriteEndArray();
                break;
            default:
                value.WriteTo(output);
                break;
        }
    }

    private static bool Mentions(JsonElement value, string text) => value.ValueKind switch
    {
        JsonValueKind.String => Contains(value.GetString(), text),
        JsonValueKind.Object => value.EnumerateObject().Any(member => Mentions(member.Value, text)),
        JsonValueKind.Array => value.EnumerateArray().Any(element => Mentions(element, text)),
        _ => false,
    };

    private static bool Contains(string? where, string what) => where?.Contains(what, StringComparison.OrdinalIgnoreCase) is true;
}
