namespace Xopc.Agents.Turns;

/// <summary>An answer to a scheduled question by which the agent says that there is nothing to say.</summary>
internal static class SilentAnswer
{
    private const string Nothing = "NO_REPLY";
    private const string AllIsWell = "HEARTBEAT_OK";

    // Beside the token so much is chatter; more is news.
    private const int MaxChatter = 300;

    /// <summary>What is left to deliver: nothing, or the words without the token.</summary>
    public static string Said(string answer)
    {
        var text = answer.Trim();
        if (text == Nothing)
        {
            return "";
        }

        if (!text.Contains(AllIsWell, StringComparison.Ordinal))
        {
            return answer;
        }

        var rest = text.Replace(AllIsWell, "", StringComparison.Ordinal).Trim();
        return rest.Length <= MaxChatter ? "" : rest;
    }
}
