using System.Text.Json;

namespace Xopc.Configuration;

/// <summary>What one reading of a document collects. Errors and warnings are bounded: the hundredth tells as much as the thousandth.</summary>
internal sealed class ReadContext
{
    private const int MaxProblems = 100;
    private const int MaxShown = 80;

    public List<ConfigProblem> Errors { get; } = [];

    public List<ConfigProblem> Warnings { get; } = [];

    /// <summary>Every key the readers ask for, rows as <c>[]</c>; the documentation is held against it.</summary>
    public SortedSet<string> Keys { get; } = new(StringComparer.Ordinal);

    /// <summary>Paths whose text holds references → the text as written. Messages show this one, never what the environment holds.</summary>
    public Dictionary<string, string> References { get; } = new(StringComparer.Ordinal);

    /// <summary>Paths whose references have no value: already an error (or, in a file read without its environment, unknown), so not judged again.</summary>
    public HashSet<string> Unresolved { get; } = new(StringComparer.Ordinal);

    public void Error(string path, string problem, string fix) => Add(Errors, new ConfigProblem(path, problem, fix));

    public void Warn(string path, string problem, string fix) => Add(Warnings, new ConfigProblem(path, problem, fix));

    /// <summary>The value as a message may show it.</summary>
    public string Shown(string path, JsonElement value)
    {
        if (value.ValueKind is JsonValueKind.Object or JsonValueKind.Array)
        {
            return value.ValueKind == JsonValueKind.Object ? "an object" : "a list";
        }

        // Beside a secret's key people also paste the secret itself.
        if (ConfigSecrets.IsSecret(path) || (value.ValueKind == JsonValueKind.String && path.StartsWith("gateway.auth.", StringComparison.Ordinal)))
        {
            return "(not shown)";
        }

        var text = References.TryGetValue(path, out var written) ? written : value.ValueKind == JsonValueKind.String ? value.GetString()! : value.GetRawText();
        return value.ValueKind == JsonValueKind.String ? $"\"{PrintableValue(text)}\"" : Printable(text);
    }

    /// <summary>A value on one line, short; one that looks like a credential in the wrong place loses all but its beginning.</summary>
    public static string PrintableValue(string text)
    {
        var looksSecret = text.Length >= 16 && text.Any(char.IsAsciiDigit) && text.Any(char.IsAsciiLetter)
            && text.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_' or '.' or ':' or '+' or '=');
        return looksSecret ? text[..4] + "…" : HoldsUser(text) ? "(an address with a user in it)" : Printable(text);
    }

    // https://name:password@host; an @ anywhere behind the scheme will do: what is cut short tells less than a half password.
    private static bool HoldsUser(string text) => text.IndexOf("://", StringComparison.Ordinal) is var scheme and >= 0 && text.AsSpan(scheme).Contains('@');

    /// <summary>Foreign text on one line, short.</summary>
    public static string Printable(string text)
    {
        var cut = text.Length > MaxShown ? string.Concat(text.AsSpan(0, MaxShown), "…") : text;
        return string.Create(cut.Length, cut, static (span, source) =>
        {
            for (var i = 0; i < span.Length; i++)
            {
                span[i] = char.IsControl(source[i]) || char.IsSurrogate(source[i]) ? '?' : source[i];
            }
        });
    }

    private static void Add(List<ConfigProblem> list, ConfigProblem problem)
    {
        if (list.Count < MaxProblems)
        {
            list.Add(problem);
        }
        else if (list.Count == MaxProblems)
        {
            list.Add(new ConfigProblem("", "has more problems of this kind", $"Mend the first {MaxProblems}, then look again."));
        }
    }
}
