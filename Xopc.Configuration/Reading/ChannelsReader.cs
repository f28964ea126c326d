using System.Collections.Immutable;
using System.Text.Json;

namespace Xopc.Configuration;

internal static class ChannelsReader
{
    private const int MaxChannels = 64;

    public static ChannelsConfig Read(ConfigSection section, Func<string, string?>? environment)
    {
        TelegramConfig? telegram = null;
        var others = ImmutableDictionary.CreateBuilder<string, JsonElement>(StringComparer.OrdinalIgnoreCase);
        var seen = new HashSet<string>(StringComparer.OrdinalIgnoreCase);
        foreach (var (name, value) in section.Members(MaxChannels))
        {
            if (value.ValueKind != JsonValueKind.Object)
            {
                section.WrongShape(section.PathOf(name), value, "an object in braces");
            }
            else if (!Ids.IsId(name))
            {
                section.Error(name, "is not a channel id", Ids.Rule);
            }
            else if (!seen.Add(name))
            {
                section.Error(name, "is there twice, in different letter case", "Keep one of them.");
            }
            else if (name.Equals("telegram", StringComparison.OrdinalIgnoreCase))
            {
                telegram = TelegramReader.Read(section.Below(name, value, "telegram"), environment);
            }
            else
            {
                others.Add(name.ToLowerInvariant(), value);
            }
        }

        return new ChannelsConfig { Telegram = telegram, Sections = others.ToImmutable() };
    }
}
