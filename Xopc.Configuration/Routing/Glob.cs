namespace Xopc.Configuration.Routing;

/// <summary>An anchored pattern in which <c>*</c> stands for any text, ignoring case. Compared in at most pattern × text steps, without backtracking stacks.</summary>
internal readonly struct Glob(string pattern)
{
    private readonly string _pattern = pattern;

    /// <summary>Whether the pattern asks for nothing: absent or only asterisks.</summary>
    public bool IsAny => string.IsNullOrEmpty(_pattern) || _pattern.AsSpan().TrimStart('*').IsEmpty;

    public bool Matches(ReadOnlySpan<char> text)
    {
        if (IsAny)
        {
            return true;
        }

        var (p, t, star, mark) = (0, 0, -1, 0);
        while (t < text.Length)
        {
            if (p < _pattern.Length && _pattern[p] == '*')
            {
                (star, mark) = (p++, t);
            }
            else if (p < _pattern.Length && char.ToLowerInvariant(_pattern[p]) == char.ToLowerInvariant(text[t]))
            {
                p++;
                t++;
            }
            else if (star >= 0)
            {
                // Only the last asterisk ever takes one more character: what the earlier ones took can stay.
                p = star + 1;
                t = ++mark;
            }
            else
            {
                return false;
            }
        }

        return _pattern.AsSpan(p).TrimStart('*').IsEmpty;
    }
}
