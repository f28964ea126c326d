using System.Diagnostics.CodeAnalysis;
using System.Text;

namespace Xopc.Configuration;

/// <summary><c>${NAME}</c> in a text stands for an environment variable, NAME = <c>[A-Z_][A-Z0-9_]*</c>; <c>$${NAME}</c> is the literal <c>${NAME}</c>.</summary>
public static class EnvironmentReferences
{
    /// <summary>Bound of one value after its references are filled in, in characters.</summary>
    public const int MaxExpandedLength = 64 * 1024;

    /// <summary>Whether the text holds a reference or an escaped one.</summary>
    public static bool Any(string text)
    {
        for (var at = text.IndexOf("${", StringComparison.Ordinal); at >= 0; at = text.IndexOf("${", at + 2, StringComparison.Ordinal))
        {
            if (TryName(text, at, out _))
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>Whether the text is one reference and nothing else.</summary>
    public static bool IsWholeReference(string text) => TryName(text, 0, out var name) && text.Length == name.Length + 3;

    /// <summary>
    /// Fills in the references. False when a variable is unset or empty (then <paramref name="missing"/> names the first) or the result would be
    /// longer than <see cref="MaxExpandedLength"/> (then it is null).
    /// </summary>
    public static bool TryExpand(string text, Func<string, string?> environment, [NotNullWhen(true)] out string? expanded, out string? missing)
    {
        var result = new StringBuilder(text.Length);
        expanded = null;
        missing = null;
        for (var i = 0; i < text.Length;)
        {
            if (text[i] == '$' && i + 1 < text.Length && text[i + 1] == '$' && TryName(text, i + 1, out var literal))
            {
                result.Append("${").Append(literal).Append('}');
                i += literal.Length + 4;
            }
            else if (TryName(text, i, out var name))
            {
                if (environment(name) is not { Length: > 0 } value)
                {
                    missing = name;
                    return false;
                }

                result.Append(value);
                i += name.Length + 3;
            }
            else
            {
                result.Append(text[i++]);
            }

            if (result.Length > MaxExpandedLength)
            {
                return false;
            }
        }

        expanded = result.ToString();
        return true;
    }

    private static bool TryName(string text, int at, [NotNullWhen(true)] out string? name)
    {
        name = null;
        if (at + 3 >= text.Length || text[at] != '$' || text[at + 1] != '{' || !(char.IsAsciiLetterUpper(text[at + 2]) || text[at + 2] == '_'))
        {
            return false;
        }

        var end = at + 3;
        while (end < text.Length && (char.IsAsciiLetterUpper(text[end]) || char.IsAsciiDigit(text[end]) || text[end] == '_'))
        {
            end++;
        }

        if (end >= text.Length || text[end] != '}')
        {
            return false;
        }

        name = text[(at + 2)..end];
        return true;
    }
}
