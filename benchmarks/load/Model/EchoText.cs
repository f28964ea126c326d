using System.Diagnostics;
using System.Globalization;
using System.Text;

namespace Xopc.Load.Model;

/// <summary>
/// What is said and what comes back. A message is <c>[[marker]] tokens=8</c> (and <c>pace=20</c>: milliseconds between tokens); its answer is
/// <c>[[marker]] n=3 word word word word word word end</c>, where n counts the user messages that the model was shown. With a pace every token starts with the
/// moment of its sending, <c>~123456789;</c> in nanoseconds of the machine's monotonic clock.
/// </summary>
internal static class EchoText
{
    public const int MinTokens = 2;

    public static string Message(string marker, int tokens, int paceMs = 0) =>
        paceMs == 0 ? $"[[{marker}]] tokens={tokens}" : $"[[{marker}]] tokens={tokens} pace={paceMs}";

    /// <summary>The marker with its brackets; null when the text has none.</summary>
    public static string? MarkerOf(string text)
    {
        var start = text.IndexOf("[[", StringComparison.Ordinal);
        var end = start < 0 ? -1 : text.IndexOf("]]", start, StringComparison.Ordinal);
        return end < 0 ? null : text[start..(end + 2)];
    }

    public static int NumberAfter(string text, string name, int otherwise)
    {
        var at = text.IndexOf(name, StringComparison.Ordinal);
        if (at < 0)
        {
            return otherwise;
        }

        var digits = text.AsSpan(at + name.Length);
        var end = digits.IndexOfAnyExceptInRange('0', '9');
        return int.TryParse(end < 0 ? digits : digits[..end], NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : otherwise;
    }

    public static string Token(string bracketedMarker, int userMessages, int index, int tokens) =>
        index == 0 ? $"{bracketedMarker} n={userMessages}" : index == tokens - 1 ? " end" : " word";

    public static string Answer(string bracketedMarker, int userMessages, int tokens)
    {
        var text = new StringBuilder();
        for (var i = 0; i < tokens; i++)
        {
            text.Append(Token(bracketedMarker, userMessages, i, tokens));
        }

        return text.ToString();
    }

    public static long NowNanoseconds() => (long)(Stopwatch.GetTimestamp() * (1e9 / Stopwatch.Frequency));

    /// <summary>Takes the stamps out of a text and reports each; returns what remains.</summary>
    public static string Unstamp(string text, List<long> stamps)
    {
        if (!text.Contains('~'))
        {
            return text;
        }

        var rest = new StringBuilder(text.Length);
        for (var i = 0; i < text.Length;)
        {
            var end = text[i] == '~' ? text.IndexOf(';', i) : -1;
            if (end > 0 && long.TryParse(text.AsSpan(i + 1, end - i - 1), NumberStyles.None, CultureInfo.InvariantCulture, out var stamp))
            {
                stamps.Add(stamp);
                i = end + 1;
            }
            else
            {
                rest.Append(text[i++]);
            }
        }

        return rest.ToString();
    }
}
