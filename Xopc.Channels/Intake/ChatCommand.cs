using System.Collections.Frozen;

namespace Xopc.Channels.Intake;

/// <summary>A chat command: the word after the slash, in the form the agents know it, and the rest of its line.</summary>
internal sealed record ChatCommand(string Name, string Arguments)
{
    private static readonly FrozenDictionary<string, string> Names = new Dictionary<string, string>
    {
        ["stop"] = "stop", ["abort"] = "stop", ["cancel"] = "stop",
        ["new"] = "new", ["reset"] = "new", ["clear"] = "new",
        ["status"] = "status", ["usage"] = "status",
        ["help"] = "help", ["h"] = "help", ["commands"] = "help", ["start"] = "start",
        ["model"] = "model", ["models"] = "model", ["switch"] = "model",
        ["think"] = "think",
    }.ToFrozenDictionary(StringComparer.Ordinal);

    /// <summary>Null: words for the agent, also when they begin with a slash that stands for nothing here.</summary>
    public static ChatCommand? Parse(string text)
    {
        if (!text.StartsWith('/'))
        {
            return null;
        }

        var line = text.AsSpan(1);
        var end = line.IndexOfAny("\r\n");
        line = end < 0 ? line : line[..end];
        var blank = line.IndexOf(' ');
        var word = blank < 0 ? line : line[..blank];
        var at = word.IndexOf('@');
        return Names.TryGetValue((at < 0 ? word : word[..at]).ToString().ToLowerInvariant(), out var name)
            ? new ChatCommand(name, blank < 0 ? "" : line[(blank + 1)..].Trim().ToString())
            : null;
    }
}
