using System.Collections.Immutable;

namespace Xopc.Configuration;

/// <summary>The groups and topics of a bot.</summary>
internal static class TelegramGroupsReader
{
    private const int LongestPrompt = 32 * 1024;

    /// <summary>As written; null: the file says nothing of groups.</summary>
    public static ImmutableSortedDictionary<string, TelegramGroupSection>? Read(ConfigSection section)
    {
        var groups = ImmutableSortedDictionary.CreateBuilder<string, TelegramGroupSection>(StringComparer.Ordinal);
        foreach (var (name, row) in section.Sections(TelegramSettings.MaxGroups))
        {
            var group = Place<TelegramGroupSection>(row) with { Topics = Topics(row.Section("topics")) };
            TelegramSettingsReader.WarnOfOtherId(row, "groupId", name);
            row.WarnOfUnknown();
            if (name is ['-', .. var digits] && IsNumber(digits))
            {
                groups[name] = group;
            }
            else
            {
                section.Error(name, "is not the id of a group", "Use the chat id, a number that begins with a minus sign, for example -1001234567890.");
            }
        }

        return section.IsPresent ? groups.ToImmutable() : null;
    }

    /// <summary>A group that the account writes takes the place of the one at the top; what neither says is the account's.</summary>
    public static ImmutableSortedDictionary<string, TelegramGroupConfig> Compile(
        ImmutableSortedDictionary<string, TelegramGroupSection>? top, ImmutableSortedDictionary<string, TelegramGroupSection>? own, TelegramAccountConfig account)
    {
        var of = new TelegramGroupConfig { RequireMention = account.RequireMention, GroupPolicy = account.GroupPolicy };
        var groups = ImmutableSortedDictionary.CreateBuilder<string, TelegramGroupConfig>(StringComparer.Ordinal);
        foreach (var (id, written) in (top ?? Empty).SetItems(own ?? Empty))
        {
            var group = Compile(written, of);
            groups[id] = group with { Topics = group.Topics.AddRange((written.Topics ?? NoTopics).Select(topic => KeyValuePair.Create(topic.Key, Compile(topic.Value, group)))) };
        }

        return groups.ToImmutable();
    }

    private static ImmutableSortedDictionary<string, TelegramGroupSection> Empty { get; } = ImmutableSortedDictionary.Create<string, TelegramGroupSection>(StringComparer.Ordinal);

    private static ImmutableSortedDictionary<string, TelegramTopicSection> NoTopics { get; } = ImmutableSortedDictionary.Create<string, TelegramTopicSection>(StringComparer.Ordinal);

    private static ImmutableSortedDictionary<string, TelegramTopicSection> Topics(ConfigSection section)
    {
        var topics = NoTopics.ToBuilder();
        foreach (var (name, row) in section.Sections(TelegramGroupSection.MaxTopics))
        {
            var topic = Place<TelegramTopicSection>(row);
            TelegramSettingsReader.WarnOfOtherId(row, "topicId", name);
            row.WarnOfUnknown();
            if (IsNumber(name))
            {
                topics[name] = topic;
            }
            else
            {
                section.Error(name, "is not the id of a topic", "Use the number of the thread, for example 42.");
            }
        }

        return topics.ToImmutable();
    }

    private static T Place<T>(ConfigSection section)
        where T : TelegramPlaceSection, new() => new()
        {
            Enabled = section.OptionalFlag("enabled"),
            RequireMention = section.OptionalFlag("requireMention"),
            GroupPolicy = section.OptionalChoice("groupPolicy", "open", "allowlist", "disabled"),
            AllowFrom = TelegramSettingsReader.Senders(section, "allowFrom"),
            SystemPrompt = section.Text("systemPrompt", LongestPrompt),
        };

    private static TelegramGroupConfig Compile(TelegramPlaceSection written, TelegramGroupConfig of) => new()
    {
        Enabled = of.Enabled && (written.Enabled ?? true),
        RequireMention = written.RequireMention ?? of.RequireMention,
        GroupPolicy = written.GroupPolicy ?? of.GroupPolicy,
        AllowFrom = written.AllowFrom ?? of.AllowFrom,
        SystemPrompt = written.SystemPrompt ?? of.SystemPrompt,
    };

    private static bool IsNumber(string text) => text.Length is > 0 and <= 20 && text.All(char.IsAsciiDigit);
}
