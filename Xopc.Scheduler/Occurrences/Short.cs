namespace Xopc.Scheduler.Occurrences;

/// <summary>The beginning of a text, cut between characters as people see them.</summary>
internal static class Short
{
    public static string Of(string text, int longest)
    {
        if (text.Length <= longest)
        {
            return text;
        }

        var end = char.IsHighSurrogate(text[longest - 2]) ? longest - 2 : longest - 1;
        return string.Concat(text.AsSpan(0, end), "…");
    }
}
