using System.Collections.Immutable;
using System.Globalization;
using System.Text.Json;

namespace Xopc.Configuration;

/// <summary>
/// One JSON object while it is read: every getter checks type and range, reports, and goes on with the fallback, so that all errors of a file
/// come out at once. <c>null</c> is the same as absent.
/// </summary>
internal sealed class ConfigSection(JsonElement json, string path, string keyPath, ReadContext context)
{
    private const int MaxTextLength = 256 * 1024;

    private readonly HashSet<string> _asked = new(StringComparer.Ordinal);

    public string Path => path;

    public ReadContext Context => context;

    public bool IsPresent => json.ValueKind == JsonValueKind.Object;

    public static string Join(string path, string name) => path.Length == 0 ? ReadContext.Printable(name) : path + "." + ReadContext.Printable(name);

    public string PathOf(string key) => Join(path, key);

    public bool Has(string key) => TryGet(key, out _);

    /// <summary>The value of a present key as a message may show it.</summary>
    public string Shown(string key) => context.Shown(PathOf(key), Value(key));

    public void Error(string key, string problem, string fix) => context.Error(PathOf(key), problem, fix);

    public string? Text(string key, int maxLength = 1024)
    {
        if (!TryGet(key, out var value))
        {
            return null;
        }

        if (value.ValueKind != JsonValueKind.String)
        {
            WrongType(PathOf(key), value, "a text in quotes");
            return null;
        }

        var text = value.GetString()!;
        if (text.Length > Math.Min(maxLength, MaxTextLength))
        {
            Error(key, $"has {text.Length} characters, the maximum is {maxLength}", "Shorten it.");
            return null;
        }

        return text.Length == 0 ? null : text;
    }

    /// <summary>An identifier of a platform, which people write as a text or as a number.</summary>
    public string? TextOrNumber(string key, int maxLength = 256) =>
        TryGet(key, out var value) && value.ValueKind == JsonValueKind.Number ? value.GetRawText() : Text(key, maxLength);

    public string Choice(string key, string fallback, params ReadOnlySpan<string> allowed) => OptionalChoice(key, allowed) ?? fallback;

    public string? OptionalChoice(string key, params ReadOnlySpan<string> allowed)
    {
        if (Text(key) is not { } text || context.Unresolved.Contains(PathOf(key)))
        {
            return null;
        }

        foreach (var choice in allowed)
        {
            if (text.Trim().Equals(choice, StringComparison.OrdinalIgnoreCase))
            {
                return choice;
            }
        }

        Error(key, $"is {Shown(key)}", $"Use one of: {string.Join(", ", allowed.ToArray())}.");
        return null;
    }

    public bool Flag(string key, bool fallback) => OptionalFlag(key) ?? fallback;

    public bool? OptionalFlag(string key)
    {
        if (!TryGet(key, out var value) || IsUnresolved(key))
        {
            return null;
        }

        switch (value.ValueKind)
        {
            case JsonValueKind.True:
                return true;
            case JsonValueKind.False:
                return false;
            case JsonValueKind.String when IsReference(key) && bool.TryParse(value.GetString(), out var parsed):
                return parsed;
            default:
                WrongType(PathOf(key), value, "true or false");
                return null;
        }
    }

    public int Int(string key, int fallback, int min, int max) => (int)(OptionalLong(key, min, max) ?? fallback);

    public int? OptionalInt(string key, int min, int max) => (int?)OptionalLong(key, min, max);

    public long? OptionalLong(string key, long min, long max)
    {
        if (OptionalNumber(key, min, max, "a whole number") is not { } number)
        {
            return null;
        }

        if (number != Math.Floor(number))
        {
            Error(key, $"is {Shown(key)}", "Use a whole number.");
            return null;
        }

        return (long)number;
    }

    public double? OptionalNumber(string key, double min, double max, string kind = "a number")
    {
        if (!TryGet(key, out var value) || IsUnresolved(key))
        {
            return null;
        }

        double number;
        if (value.ValueKind == JsonValueKind.Number)
        {
            number = value.GetDouble();
        }
        else if (value.ValueKind != JsonValueKind.String || !IsReference(key)
            || !double.TryParse(value.GetString(), NumberStyles.Float, CultureInfo.InvariantCulture, out number))
        {
            WrongType(PathOf(key), value, kind);
            return null;
        }

        if (number >= min && number <= max)
        {
            return number;
        }

        Error(key, $"is {context.Shown(PathOf(key), value)}", string.Create(CultureInfo.InvariantCulture, $"Use {kind} from {min} to {max}."));
        return null;
    }

    public ConfigSection Section(string key)
    {
        if (TryGet(key, out var value) && value.ValueKind != JsonValueKind.Object)
        {
            WrongShape(PathOf(key), value, "an object in braces");
        }

        return new ConfigSection(value.ValueKind == JsonValueKind.Object ? value : default, PathOf(key), KeyOf(key), context);
    }

    public IReadOnlyList<ConfigSection> Rows(string key, int max)
    {
        var rows = new List<ConfigSection>();
        foreach (var (item, at) in TryGet(key, out var value) ? Items(value, PathOf(key), max) : [])
        {
            if (item.ValueKind == JsonValueKind.Object)
            {
                rows.Add(new ConfigSection(item, at, KeyOf(key) + "[]", context));
            }
            else
            {
                WrongShape(at, item, "an object in braces");
            }
        }

        return rows;
    }

    /// <summary>A list of texts; numbers count as texts, as platforms' ids are often written so. <paramref name="judge"/> gives what is wrong with one.</summary>
    public ImmutableArray<string> Texts(string key, int max, Func<string, string?>? judge = null) =>
        TryGet(key, out var value) ? Texts(value, PathOf(key), max, judge) : [];

    public ImmutableArray<string> Texts(JsonElement value, string listPath, int max, Func<string, string?>? judge = null)
    {
        var texts = ImmutableArray.CreateBuilder<string>();
        foreach (var (item, at) in Items(value, listPath, max))
        {
            if (item.ValueKind is not (JsonValueKind.String or JsonValueKind.Number))
            {
                WrongType(at, item, "a text in quotes");
                continue;
            }

            var text = (item.ValueKind == JsonValueKind.String ? item.GetString()! : item.GetRawText()).Trim();
            var problem = text.Length is 0 or > 512 ? "Use 1 to 512 characters." : context.Unresolved.Contains(at) ? null : judge?.Invoke(text);
            if (problem is not null)
            {
                context.Error(at, $"is {context.Shown(at, item)}", problem);
            }
            else
            {
                texts.Add(text);
            }
        }

        return texts.ToImmutable();
    }

    /// <summary>Members of an object with free names.</summary>
    public IEnumerable<(string Name, JsonElement Value)> Members(int max)
    {
        if (!IsPresent)
        {
            yield break;
        }

        var count = 0;
        foreach (var member in json.EnumerateObject())
        {
            _asked.Add(member.Name);
            if (++count > max)
            {
                context.Error(path, $"has more than {max} members", "Remove some.");
                yield break;
            }

            if (member.Value.ValueKind != JsonValueKind.Null)
            {
                yield return (member.Name, member.Value);
            }
        }
    }

    /// <summary>The same where every member is an object; in the keys of the documentation its name is <c>*</c>.</summary>
    public IEnumerable<(string Name, ConfigSection Section)> Sections(int max)
    {
        foreach (var (name, value) in Members(max))
        {
            if (value.ValueKind == JsonValueKind.Object)
            {
                yield return (name, Below(name, value, "*"));
            }
            else
            {
                WrongShape(PathOf(name), value, "an object in braces");
            }
        }
    }

    /// <summary>An object in this one, known in the documentation under a name that need not be the one in the file.</summary>
    public ConfigSection Below(string name, JsonElement value, string key)
    {
        context.Keys.Add(KeyOf(key));
        return new ConfigSection(value, PathOf(name), KeyOf(key), context);
    }

    /// <summary>Reports the keys nobody asked for. They are kept when the file is saved.</summary>
    public void WarnOfUnknown()
    {
        if (!IsPresent)
        {
            return;
        }

        foreach (var member in json.EnumerateObject())
        {
            if (!_asked.Contains(member.Name))
            {
                context.Warn(PathOf(member.Name), "is not a key of this version", "Check the spelling; it is kept in the file and has no effect.");
            }
        }
    }

    public void WrongType(string at, JsonElement value, string expected)
    {
        if (!context.Unresolved.Contains(at) || value.ValueKind != JsonValueKind.String)
        {
            context.Error(at, $"is {context.Shown(at, value)}", $"Use {expected}.");
        }
    }

    /// <summary>A scalar where an object or a list belongs. It is not shown: a secret may have been put one level too high.</summary>
    public void WrongShape(string at, JsonElement value, string expected)
    {
        var kind = value.ValueKind switch
        {
            JsonValueKind.Object => "an object",
            JsonValueKind.Array => "a list",
            JsonValueKind.String => "a text",
            JsonValueKind.Number => "a number",
            _ => "true or false",
        };
        context.Error(at, $"is {kind}", $"Use {expected}.");
    }

    /// <summary>Present and not null.</summary>
    public bool TryGet(string key, out JsonElement value)
    {
        _asked.Add(key);
        context.Keys.Add(KeyOf(key));
        value = default;
        return IsPresent && json.TryGetProperty(key, out value) && value.ValueKind != JsonValueKind.Null;
    }

    public bool IsUnresolved(string key) => context.Unresolved.Contains(PathOf(key));

    private bool IsReference(string key) => context.References.ContainsKey(PathOf(key));

    private string KeyOf(string key) => keyPath.Length == 0 ? key : keyPath + "." + key;

    private JsonElement Value(string key) => json.GetProperty(key);

    private List<(JsonElement Item, string Path)> Items(JsonElement value, string at, int max)
    {
        var items = new List<(JsonElement, string)>();
        if (value.ValueKind != JsonValueKind.Array)
        {
            WrongShape(at, value, "a list in brackets");
            return items;
        }

        if (value.GetArrayLength() > max)
        {
            context.Error(at, $"has {value.GetArrayLength()} entries, the maximum is {max}", "Remove some.");
        }

        foreach (var item in value.EnumerateArray().Take(max))
        {
            items.Add((item, $"{at}[{items.Count}]"));
        }

        return items;
    }
}
