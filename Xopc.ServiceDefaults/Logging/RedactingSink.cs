using System.Globalization;
using System.Text;
using Serilog.Core;
using Serilog.Events;
using Serilog.Parsing;
using Xopc.ServiceDefaults.Redaction;

namespace Xopc.ServiceDefaults.Logging;

/// <summary>The one door out of Serilog: turns events into redacted, bounded <see cref="LogLine"/>s and hands them to the outputs.</summary>
internal sealed class RedactingSink(Redactor redactor, IReadOnlyList<Action<LogLine>> outputs, IReadOnlyList<IDisposable> owned) : ILogEventSink, IDisposable
{
    private const int MessageLimit = 16 * 1024;
    private const int FieldLimit = 8 * 1024;
    private const int StackLimit = 32 * 1024;
    private const int FieldCount = 48;
    private const int Depth = 5;

    public void Emit(LogEvent logEvent)
    {
        var line = ToLine(logEvent);
        foreach (var output in outputs)
        {
            output(line);
        }
    }

    public void Dispose()
    {
        foreach (var output in owned)
        {
            output.Dispose();
        }
    }

    internal LogLine ToLine(LogEvent source)
    {
        var fields = new List<LogEventProperty>(source.Properties.Count);
        var clean = new Dictionary<string, LogEventPropertyValue>(source.Properties.Count, StringComparer.Ordinal);
        var module = "";
        string? eventName = null;
        foreach (var (name, value) in source.Properties)
        {
            switch (name)
            {
                case Constants.SourceContextPropertyName:
                    module = (value as ScalarValue)?.Value as string ?? "";
                    continue;
                case "EventId":
                    eventName = EventName(value);
                    continue;
            }

            var redacted = Redact(name, value, Depth);
            clean[name] = redacted;
            if (fields.Count < FieldCount)
            {
                fields.Add(new LogEventProperty(name, redacted));
            }
        }

        // Rendered from values that are clean already, and then searched as a whole: a secret may be put together by the template.
        var message = redactor.Redact(Render(source.MessageTemplate, clean), MessageLimit);
        return new LogLine(
            source.Timestamp.ToUniversalTime(), source.Level, module, message, eventName, source.TraceId, source.SpanId, fields,
            source.Exception is { } exception ? ToError(exception) : null);
    }

    private LogError ToError(Exception exception) => new(
        exception.GetType().FullName ?? exception.GetType().Name,
        redactor.Redact(exception.Message, FieldLimit),
        redactor.Redact(exception.ToString(), StackLimit));

    private static string? EventName(LogEventPropertyValue value) =>
        value is StructureValue { Properties: var parts }
            ? (parts.FirstOrDefault(p => p.Name == "Name")?.Value as ScalarValue)?.Value as string
            : null;

    private static string Render(MessageTemplate template, Dictionary<string, LogEventPropertyValue> values)
    {
        var text = new StringBuilder(128);
        foreach (var token in template.Tokens)
        {
            if (token is not PropertyToken property)
            {
                text.Append(token);
            }
            else if (!values.TryGetValue(property.PropertyName, out var value))
            {
                text.Append(property);
            }
            else if (value is ScalarValue { Value: string word })
            {
                text.Append(word);
            }
            else
            {
                text.Append(value.ToString(property.Format, CultureInfo.InvariantCulture));
            }
        }

        return text.ToString();
    }

    private LogEventPropertyValue Redact(string name, LogEventPropertyValue value, int depth)
    {
        if (redactor.IsSecretName(name) && value is not ScalarValue { Value: null or bool })
        {
            return new ScalarValue(value is ScalarValue { Value: string secret } ? Redactor.MaskValue(secret) : Redactor.Hidden);
        }

        return value switch
        {
            _ when depth == 0 => new ScalarValue("…"),
            ScalarValue scalar => RedactScalar(scalar),
            StructureValue structure => new StructureValue(
                structure.Properties.Take(FieldCount).Select(p => new LogEventProperty(p.Name, Redact(p.Name, p.Value, depth - 1))), structure.TypeTag),
            SequenceValue sequence => new SequenceValue(sequence.Elements.Take(FieldCount).Select(e => Redact("", e, depth - 1))),
            DictionaryValue dictionary => RedactDictionary(dictionary, depth),
            _ => new ScalarValue(redactor.Redact(value.ToString(), FieldLimit)),
        };
    }

    // Keys are text too, and two may look alike once redacted: the first is kept.
    private DictionaryValue RedactDictionary(DictionaryValue dictionary, int depth) => new(dictionary.Elements.Take(FieldCount)
        .Select(e => (Name: redactor.Redact(e.Key.Value?.ToString() ?? "", FieldLimit), Value: Redact(e.Key.Value?.ToString() ?? "", e.Value, depth - 1)))
        .DistinctBy(e => e.Name)
        .Select(e => KeyValuePair.Create(new ScalarValue(e.Name), e.Value)));

    private ScalarValue RedactScalar(ScalarValue scalar)
    {
        switch (scalar.Value)
        {
            case null or bool or int or long or double or decimal or short or byte or uint or ulong or float or Guid or DateTimeOffset or DateTime or TimeSpan or Enum:
                return scalar;
            default:
                var text = scalar.Value as string ?? scalar.Value.ToString() ?? "";
                var clean = redactor.Redact(text, FieldLimit);
                return ReferenceEquals(clean, scalar.Value) ? scalar : new ScalarValue(clean);
        }
    }
}
