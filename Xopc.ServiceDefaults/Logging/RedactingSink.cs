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
        var cleaner = new Cleaner(redactor, NamedSecrets(source));
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

            var redacted = cleaner.Clean(name, value, Depth);
            clean[name] = redacted;
            if (fields.Count < FieldCount)
            {
                fields.Add(new LogEventProperty(name, redacted));
            }
        }

        // Rendered from values that are clean already, and then searched as a whole: a secret may be put together by the template.
        var rendered = Render(source.MessageTemplate, clean);
        var message = cleaner.Text(rendered, MessageLimit);
        if (!ReferenceEquals(message, rendered))
        {
            HideWhatTheMessageHid(fields, rendered, message);
        }

        return new LogLine(
            source.Timestamp.ToUniversalTime(), source.Level, module, message, eventName, source.TraceId, source.SpanId, fields,
            source.Exception is { } exception ? ToError(exception, cleaner) : null);
    }

    /// <summary>"Bearer {Value}": only the sentence shows that the value is a secret, and the field of the same line must not tell it.</summary>
    private static void HideWhatTheMessageHid(List<LogEventProperty> fields, string rendered, string message)
    {
        for (var i = 0; i < fields.Count; i++)
        {
            if (fields[i].Value is ScalarValue { Value: string { Length: > 0 } text }
                && rendered.Contains(text, StringComparison.Ordinal) && !message.Contains(text, StringComparison.Ordinal))
            {
                fields[i] = new LogEventProperty(fields[i].Name, new ScalarValue(Redactor.MaskValue(text)));
            }
        }
    }

    private static LogError ToError(Exception exception, Cleaner cleaner) => new(
        exception.GetType().FullName ?? exception.GetType().Name,
        cleaner.Text(exception.Message, FieldLimit),
        cleaner.Text(exception.ToString(), StackLimit));

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

    /// <summary>A scope such as "{BotToken} polls" comes once as a named property and once as the finished sentence: what the name betrays goes from both.</summary>
    private List<string> NamedSecrets(LogEvent source)
    {
        List<string>? named = null;
        foreach (var (name, value) in source.Properties)
        {
            if (value is ScalarValue { Value: string { Length: >= SecretRegistry.MinimumLength } secret } && redactor.IsSecretName(name))
            {
                (named ??= []).Add(secret);
            }
        }

        return named ?? [];
    }

    private readonly ref struct Cleaner(Redactor redactor, List<string> named)
    {
        public LogEventPropertyValue Clean(string name, LogEventPropertyValue value, int depth)
        {
            if (redactor.IsSecretName(name) && value is not ScalarValue { Value: null or bool })
            {
                return new ScalarValue(value is ScalarValue { Value: string secret } ? Redactor.MaskValue(secret) : Redactor.Hidden);
            }

            switch (value)
            {
                case var _ when depth == 0:
                    return new ScalarValue("…");
                case ScalarValue scalar:
                    return CleanScalar(scalar);
                case StructureValue structure:
                    var members = new List<LogEventProperty>(structure.Properties.Count);
                    foreach (var member in structure.Properties.Take(FieldCount))
                    {
                        members.Add(new LogEventProperty(member.Name, Clean(member.Name, member.Value, depth - 1)));
                    }

                    return new StructureValue(members, structure.TypeTag);
                case SequenceValue sequence:
                    var elements = new List<LogEventPropertyValue>(sequence.Elements.Count);
                    foreach (var element in sequence.Elements.Take(FieldCount))
                    {
                        elements.Add(Clean("", element, depth - 1));
                    }

                    return new SequenceValue(elements);
                case DictionaryValue dictionary:
                    return CleanDictionary(dictionary, depth);
                default:
                    return new ScalarValue(Text(value.ToString(), FieldLimit));
            }
        }

        public string Text(string text, int limit)
        {
            foreach (var secret in named)
            {
                text = text.Replace(secret, Redactor.Hidden, StringComparison.Ordinal);
            }

            return redactor.Redact(text, limit);
        }

        // Keys are text too, and two may look alike once cleaned: the first is kept.
        private DictionaryValue CleanDictionary(DictionaryValue dictionary, int depth)
        {
            var entries = new Dictionary<string, LogEventPropertyValue>(StringComparer.Ordinal);
            foreach (var (key, value) in dictionary.Elements.Take(FieldCount))
            {
                var name = key.Value?.ToString() ?? "";
                entries.TryAdd(Text(name, FieldLimit), Clean(name, value, depth - 1));
            }

            return new DictionaryValue(entries.Select(e => KeyValuePair.Create(new ScalarValue(e.Key), e.Value)));
        }

        private ScalarValue CleanScalar(ScalarValue scalar)
        {
            switch (scalar.Value)
            {
                case null or bool or int or long or double or decimal or short or byte or uint or ulong or float or Guid or DateTimeOffset or DateTime or TimeSpan or Enum:
                    return scalar;
                default:
                    var text = scalar.Value as string ?? scalar.Value.ToString() ?? "";
                    var clean = Text(text, FieldLimit);
                    return ReferenceEquals(clean, scalar.Value) ? scalar : new ScalarValue(clean);
            }
        }
    }
}
