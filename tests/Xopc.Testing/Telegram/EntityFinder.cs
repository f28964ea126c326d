using System.Text.RegularExpressions;

namespace Xopc.Testing.Telegram;

/// <summary>What Telegram marks by itself in a person's text: commands, mentions, hashtags, addresses.</summary>
internal static partial class EntityFinder
{
    public static IReadOnlyList<SeenEntity> Find(string text) => [.. Marks().Matches(text).Select(match => new SeenEntity(TypeOf(match), match.Index, match.Length))];

    private static string TypeOf(Match match) =>
        match.Groups.Values.Skip(1).First(group => group.Success).Name switch
        {
            "command" => "bot_command",
            var name => name,
        };

    [GeneratedRegex(
        @"(?<url>https?://\S+)|(?<email>\b[\w.+-]+@[\w-]+\.\w+)|(?<command>(?<![\w/@])/[A-Za-z0-9_]{1,64}(?:@\w{3,32})?)|(?<mention>(?<!\w)@\w{3,32})|(?<hashtag>(?<!\w)\#\w+)",
        RegexOptions.ExplicitCapture | RegexOptions.CultureInvariant,
        matchTimeoutMilliseconds: 1000)]
    private static partial Regex Marks();
}
