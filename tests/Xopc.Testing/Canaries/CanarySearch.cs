using System.Buffers;
using System.Text;
using System.Text.Json;

namespace Xopc.Testing.Canaries;

/// <summary>Finds secrets in bytes: whole or one half of them, as they are, backwards, or as base64, hexadecimal, UTF-16, a part of a URL or of JSON would hold them.</summary>
public sealed class CanarySearch
{
    private readonly Dictionary<string, (Canary Canary, string Form)> _forms = new(StringComparer.Ordinal);
    private readonly SearchValues<string> _values;

    public CanarySearch(IEnumerable<Canary> canaries)
    {
        foreach (var canary in canaries)
        {
            // A half is enough to be found: what cuts a secret, at a fixed length or at a sign it holds, leaves one of them whole.
            foreach (var half in (string[])[canary.Value[..(canary.Value.Length / 2)], canary.Value[(canary.Value.Length / 2)..]])
            {
                foreach (var (form, text) in FormsOf(half))
                {
                    _forms.TryAdd(text, (canary, form));
                }
            }
        }

        _values = SearchValues.Create([.. _forms.Keys], StringComparison.Ordinal);
    }

    /// <param name="place">Where the bytes were found.</param>
    /// <param name="bytes">One character each.</param>
    /// <returns>Each secret once, where it is first.</returns>
    public IReadOnlyList<CanaryLeak> In(string place, string bytes)
    {
        var leaks = new Dictionary<Canary, CanaryLeak>();
        for (var at = 0; bytes.AsSpan(at).IndexOfAny(_values) is var next and >= 0; at++)
        {
            at += next;
            foreach (var (text, (canary, form)) in _forms)
            {
                if (!leaks.ContainsKey(canary) && bytes.AsSpan(at).StartsWith(text, StringComparison.Ordinal))
                {
                    leaks.Add(canary, new CanaryLeak(canary, form, place, bytes.AsSpan(0, at).Count('\n') + 1, Before(bytes, at)));
                }
            }
        }

        return [.. leaks.Values];
    }

    private static string Before(string bytes, int at)
    {
        var line = bytes.AsSpan(Math.Max(0, at - 60), Math.Min(60, at));
        line = line[(line.LastIndexOf('\n') + 1)..];
        return string.Create(line.Length, line, static (span, from) =>
        {
            for (var i = 0; i < span.Length; i++)
            {
                span[i] = from[i] is < ' ' or > '~' ? '?' : from[i];
            }
        }).Replace(Canary.Mark, "*", StringComparison.Ordinal);
    }

    public static IEnumerable<(string Form, string Text)> FormsOf(string text)
    {
        var bytes = Encoding.UTF8.GetBytes(text);
        yield return ("raw", text);
        yield return ("backwards", new string([.. text.Reverse()]));
        yield return ("hex", Convert.ToHexStringLower(bytes));
        yield return ("hex", Convert.ToHexString(bytes));
        yield return ("utf-16", Encoding.Latin1.GetString(Encoding.Unicode.GetBytes(text)));
        yield return ("url", Uri.EscapeDataString(text));
        yield return ("json", JsonEncodedText.Encode(text).Value);
        for (var before = 0; before < 3; before++)
        {
            // What stands before it shifts it: the first characters are shared with that, the last ones with what follows.
            var whole = Convert.ToBase64String([.. new byte[before], .. bytes]);
            var inner = whole[((before * 4 + 2) / 3)..((before + bytes.Length) * 4 / 3)];
            yield return ("base64", inner);
            yield return ("base64", inner.Replace('+', '-').Replace('/', '_'));
        }
    }
}
