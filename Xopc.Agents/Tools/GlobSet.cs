namespace Xopc.Agents.Tools;

/// <summary>The inside of brackets in a pattern: characters and ranges, <c>a-z_</c>.</summary>
internal static class GlobSet
{
    public static bool Contains(string pattern, int start, int end, char character)
    {
        for (var i = start; i < end; i++)
        {
            if (IsRange(pattern, i, end))
            {
                if (character >= pattern[i] && character <= pattern[i + 2])
                {
                    return true;
                }

                i += 2;
            }
            else if (character == pattern[i])
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>Whether a range begins here; a dash at an end stands for itself.</summary>
    public static bool IsRange(string pattern, int at, int end) => at + 2 < end && pattern[at + 1] == '-';
}
