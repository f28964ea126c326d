using System.Globalization;
using System.Text.Json;

namespace Xopc.Scheduler.Jobs;

/// <summary>The fields of one object of a job's JSON: each is taken once, and what nobody took is unknown.</summary>
internal sealed class JobFields
{
    private readonly Dictionary<string, JsonElement> _fields = new(StringComparer.Ordinal);
    private readonly string _path;
    private readonly List<JobFault> _faults;

    public JobFields(JsonElement value, string path, List<JobFault> faults)
    {
        (_path, _faults) = (path, faults);
        foreach (var field in value.EnumerateObject())
        {
            if (field.Value.ValueKind != JsonValueKind.Null)
            {
                _fields[Name(field)] = field.Value;
            }
        }
    }

    public bool Has(string name) => _fields.ContainsKey(name);

    public JsonElement? Take(string name) => _fields.Remove(name, out var value) ? value : null;

    public void Fault(string name, string message)
    {
        var field = name.Length == 0 ? _path : _path.Length == 0 ? name : $"{_path}.{name}";
        _faults.Add(new JobFault(field, message));
    }

    /// <summary>Null where it is absent; blank counts as absent.</summary>
    public string? Text(string name, int longest)
    {
        if (Take(name) is not { } value)
        {
            return null;
        }

        if (TextOf(value) is not { } text)
        {
            Fault(name, "is no text");
            return null;
        }

        if (text.Length > longest)
        {
            Fault(name, $"has more than {longest} characters");
            return null;
        }

        return string.IsNullOrWhiteSpace(text) ? null : text;
    }

    /// <summary>A text without blanks around it.</summary>
    public string? Word(string name, int longest)
    {
        var text = Text(name, longest)?.Trim();
        if (text?.Any(char.IsControl) == true)
        {
            Fault(name, "has a control character");
            return null;
        }

        return text;
    }

    public int? Number(string name, int least, int most)
    {
        if (Take(name) is not { } value)
        {
            return null;
        }

        if (value.ValueKind == JsonValueKind.Number && value.TryGetInt32(out var number) && number >= least && number <= most)
        {
            return number;
        }

        Fault(name, $"is no whole number from {least} to {most}");
        return null;
    }

    public bool? Flag(string name)
    {
        if (Take(name) is not { } value)
        {
            return null;
        }

        if (value.ValueKind is JsonValueKind.True or JsonValueKind.False)
        {
            return value.GetBoolean();
        }

        Fault(name, "is neither true nor false");
        return null;
    }

    public T? Choice<T>(string name, IReadOnlyDictionary<string, T> words) where T : struct, Enum
    {
        if (Take(name) is not { } value)
        {
            return null;
        }

        if (TextOf(value)?.Trim() is { } text && words.TryGetValue(text, out var choice))
        {
            return choice;
        }

        Fault(name, $"is none of {string.Join(", ", words.Keys)}");
        return null;
    }

    public DateTimeOffset? Moment(string name)
    {
        if (Word(name, 40) is not { } text)
        {
            return null;
        }

        const DateTimeStyles Styles = DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal;
        if (text.Contains('T', StringComparison.Ordinal) && DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, Styles, out var moment))
        {
            return DateTimeOffset.FromUnixTimeSeconds(moment.ToUnixTimeSeconds());
        }

        Fault(name, "is no moment like 2026-12-24T18:00:00+01:00");
        return null;
    }

    /// <summary>An object within; null where it is absent or none.</summary>
    public JobFields? Within(string name)
    {
        if (Take(name) is not { } value)
        {
            return null;
        }

        if (value.ValueKind == JsonValueKind.Object)
        {
            return Of(value, name);
        }

        Fault(name, "is no object");
        return null;
    }

    /// <summary>The same path and faults for an object that was taken.</summary>
    public JobFields Of(JsonElement value, string name) => new(value, _path.Length == 0 ? name : $"{_path}.{name}", _faults);

    /// <summary>A choice where the field may also be an object: then it stays.</summary>
    public T? TakeWord<T>(string name, IReadOnlyDictionary<string, T> words) where T : struct, Enum =>
        _fields.TryGetValue(name, out var value) && value.ValueKind == JsonValueKind.String ? Choice(name, words) : null;

    /// <summary>A number where the field may also be a text: then it stays.</summary>
    public string? Milliseconds(string name) =>
        _fields.TryGetValue(name, out var value) && value.ValueKind == JsonValueKind.Number && Take(name) is not null && value.TryGetInt64(out var ms)
            ? ms.ToString(CultureInfo.InvariantCulture)
            : null;

    public void RefuseUnknown()
    {
        foreach (var name in _fields.Keys)
        {
            Fault(name.Length > 64 ? name[..64] : name, "is unknown");
        }
    }

    /// <summary>The text of a value that is one; null also for half a character.</summary>
    public static string? TextOf(JsonElement value)
    {
        try
        {
            return value.ValueKind == JsonValueKind.String ? value.GetString() : null;
        }
        catch (InvalidOperationException)
        {
            return null; // "\ud800": an escape that is no character
        }
    }

    private static string Name(JsonProperty field)
    {
        try
        {
            return field.Name;
        }
        catch (InvalidOperationException)
        {
            return "\uFFFD";
        }
    }
}
