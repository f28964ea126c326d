using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;
using Serilog.Events;

namespace Xopc.ServiceDefaults.Logging;

/// <summary>
/// One JSON object per line:
/// <c>{"level":"info","time":"2026-01-01T00:00:00.123Z","pid":7,"hostname":"box","service":"xopc","module":"Xopc.Agents.Runs","msg":"…","event":"RunStarted","traceId":"…","spanId":"…",…fields,"err":{"type","message","stack"}}</c>.
/// </summary>
internal sealed class JsonLogFormat(string service) : IDisposable
{
    private static readonly JsonEncodedText[] Levels = [.. new[] { "trace", "debug", "info", "warn", "error", "fatal" }.Select(l => JsonEncodedText.Encode(l))];

    // Written by us: a field of the same name from a template or scope gets an underscore, so that no caller can forge them.
    private static readonly HashSet<string> Reserved = new(StringComparer.Ordinal)
    {
        "level", "time", "pid", "hostname", "service", "module", "msg", "event", "traceId", "spanId", "err",
    };

    private static readonly string HostName = Environment.MachineName;
    private readonly Utf8JsonWriter _json = new(Stream.Null, new JsonWriterOptions { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, SkipValidation = true });

    public static string NameOf(LogEventLevel level) => Levels[(int)level].Value;

    public void Dispose() => _json.Dispose();

    public void Write(LogLine line, IBufferWriter<byte> output)
    {
        _json.Reset(output);
        _json.WriteStartObject();
        _json.WriteString("level"u8, Levels[(int)line.Level]);
        _json.WriteString("time"u8, line.Time.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'"));
        _json.WriteNumber("pid"u8, Environment.ProcessId);
        _json.WriteString("hostname"u8, HostName);
        _json.WriteString("service"u8, service);
        _json.WriteString("module"u8, line.Module);
        _json.WriteString("msg"u8, line.Message);
        if (line.EventName is not null)
        {
            _json.WriteString("event"u8, line.EventName);
        }

        if (line.TraceId is { } trace && line.SpanId is { } span)
        {
            _json.WriteString("traceId"u8, trace.ToHexString());
            _json.WriteString("spanId"u8, span.ToHexString());
        }

        WriteFields(line.Fields);
        WriteError(line.Error);
        _json.WriteEndObject();
        _json.Flush();
        output.Write("\n"u8);
    }

    private void WriteFields(IReadOnlyList<LogEventProperty> fields)
    {
        if (fields.Count == 0)
        {
            return;
        }

        var written = new HashSet<string>(Reserved, StringComparer.Ordinal);
        foreach (var field in fields)
        {
            var name = JsonNamingPolicy.CamelCase.ConvertName(field.Name);
            while (!written.Add(name))
            {
                name += "_";
            }

            _json.WritePropertyName(name);
            WriteValue(field.Value);
        }
    }

    private void WriteError(LogError? error)
    {
        if (error is null)
        {
            return;
        }

        _json.WriteStartObject("err"u8);
        _json.WriteString("type"u8, error.Type);
        _json.WriteString("message"u8, error.Message);
        _json.WriteString("stack"u8, error.Stack);
        _json.WriteEndObject();
    }

    private void WriteValue(LogEventPropertyValue value)
    {
        switch (value)
        {
            case ScalarValue scalar:
                WriteScalar(scalar.Value);
                break;
            case SequenceValue sequence:
                _json.WriteStartArray();
                foreach (var element in sequence.Elements)
                {
                    WriteValue(element);
                }

                _json.WriteEndArray();
                break;
            case StructureValue structure:
                WriteObject(structure.Properties.Select(p => (p.Name, p.Value)));
                break;
            case DictionaryValue dictionary:
                WriteObject(dictionary.Elements.Select(e => (e.Key.Value?.ToString() ?? "", e.Value)));
                break;
            default:
                _json.WriteStringValue(value.ToString());
                break;
        }
    }

    private void WriteObject(IEnumerable<(string Name, LogEventPropertyValue Value)> members)
    {
        _json.WriteStartObject();
        foreach (var (name, value) in members)
        {
            _json.WritePropertyName(JsonNamingPolicy.CamelCase.ConvertName(name));
            WriteValue(value);
        }

        _json.WriteEndObject();
    }

    private void WriteScalar(object? value)
    {
        switch (value)
        {
            case null:
                _json.WriteNullValue();
                break;
            case bool flag:
                _json.WriteBooleanValue(flag);
                break;
            case int or short or byte or long or uint:
                _json.WriteNumberValue(Convert.ToInt64(value));
                break;
            case ulong number:
                _json.WriteNumberValue(number);
                break;
            case decimal number:
                _json.WriteNumberValue(number);
                break;
            case double number when double.IsFinite(number):
                _json.WriteNumberValue(number);
                break;
            case float number when float.IsFinite(number):
                _json.WriteNumberValue(number);
                break;
            case DateTimeOffset time:
                _json.WriteStringValue(time.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'"));
                break;
            default:
                _json.WriteStringValue(Convert.ToString(value, System.Globalization.CultureInfo.InvariantCulture));
                break;
        }
    }
}
