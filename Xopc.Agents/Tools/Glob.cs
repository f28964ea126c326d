using System.Text;
using System.Text.RegularExpressions;

namespace Xopc.Agents.Tools;

/// <summary>File name patterns: <c>*</c> and <c>?</c> within a folder, <c>**</c> across folders, <c>{a,b}</c>, <c>[abc]</c>. Without a slash the name alone is matched.</summary>
internal sealed class Glob
{
    private const int MaxLength = 200;

    private readonly Regex _regex;
    private readonly bool _nameOnly;

    /// <exception cref="ToolException">The pattern is too long or not well formed.</exception>
    public Glob(string pattern)
    {
        if (pattern.Length is 0 or > MaxLength)
        {
            throw new ToolException("That is no file name pattern.");
        }

        var trimmed = pattern.StartsWith("./", StringComparison.Ordinal) ? pattern[2..] : pattern;
        _nameOnly = !trimmed.Contains('/');
        try
        {
            // The pattern comes from a model: it may cost linear time at most.
            _regex = new Regex(Translate(trimmed), RegexOptions.NonBacktracking | RegexOptions.CultureInvariant);
        }
        catch (Exception ex) when (ex is ArgumentException or NotSupportedException)
        {
            throw new ToolException("That is no file name pattern.");
        }
    }

    /// <param name="path">Relative, with slashes.</param>
    public bool IsMatch(string path) => _regex.IsMatch(_nameOnly ? path[(path.LastIndexOf('/') + 1)..] : path);

    private static string Translate(string pattern)
    {
        var regex = new StringBuilder("^");
        var braces = 0;
        for (var i = 0; i < pattern.Length; i++)
        {
            switch (pattern[i])
            {
                case '*' when pattern.AsSpan(i).StartsWith("**/"):
                    regex.Append("(?:[^/]+/)*");
                    i += 2;
                    break;
                case '*' when pattern.AsSpan(i).StartsWith("**"):
                    regex.Append(".*");
                    i++;
                    break;
                case '*':
                    regex.Append("[^/]*");
                    break;
                case '?':
                    regex.Append("[^/]");
                    break;
                case '{':
                    regex.Append("(?:");
                    braces++;
                    break;
                case '}' when braces > 0:
                    regex.Append(')');
                    braces--;
                    break;
                case ',' when braces > 0:
                    regex.Append('|');
                    break;
                case '[' when pattern.IndexOf(']', i + 2) is var end and > 0:
                    var set = pattern[(i + 1)..end].Replace("\\", "\\\\", StringComparison.Ordinal).Replace("[", "\\[", StringComparison.Ordinal);
                    regex.Append('[').Append(set.StartsWith('!') ? "^" + set[1..] : set).Append(']');
                    i = end;
                    break;
                default:
                    regex.Append(Regex.Escape(pattern[i].ToString()));
                    break;
            }
        }

        return regex.Append('$').ToString();
    }
}
