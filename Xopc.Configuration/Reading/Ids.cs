namespace Xopc.Configuration;

/// <summary>The one form of ids of agents, channels and accounts: <c>^[a-z0-9][a-z0-9_-]{0,63}$</c>, ignoring case.</summary>
internal static class Ids
{
    public const string Rule = "Use 1 to 64 letters, digits, dashes and underscores, starting with a letter or digit and not ending with a dash.";

    // The first word of a session key's special forms: an agent of that name could not be told from them.
    public static bool IsReserved(string id) =>
        id.ToLowerInvariant() is "cron" or "heartbeat" or "cli" or "subagent";

    public static bool IsId(string text) =>
        text.Length is > 0 and <= 64 && char.IsAsciiLetterOrDigit(text[0]) && text[^1] != '-' && text.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_');
}
