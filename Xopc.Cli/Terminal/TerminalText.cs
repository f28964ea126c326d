using System.Buffers;
using System.Text;

namespace Xopc.Cli.Terminal;

/// <summary>Makes text from a model safe to show: an escape sequence in it could retitle the window, recolour it or type into it.</summary>
internal static class TerminalText
{
    // C0 without tab and line feed, DEL, and C1, which some terminals read as escapes of one character.
    private static readonly SearchValues<char> Controls = SearchValues.Create(
        [.. Enumerable.Range(0, 0x20).Concat(Enumerable.Range(0x7f, 0x21)).Select(code => (char)code).Where(c => c is not ('\t' or '\n'))]);

    public static string Clean(string text)
    {
        if (!text.AsSpan().ContainsAny(Controls))
        {
            return text;
        }

        var clean = new StringBuilder(text.Length);
        foreach (var c in text)
        {
            if (!Controls.Contains(c))
            {
                clean.Append(c);
            }
        }

        return clean.ToString();
    }
}
