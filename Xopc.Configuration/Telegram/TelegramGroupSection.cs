using System.Collections.Immutable;
using System.ComponentModel;
using System.ComponentModel.DataAnnotations;

namespace Xopc.Configuration;

/// <summary>A member of <c>groups</c> as the file has it.</summary>
internal sealed record TelegramGroupSection : TelegramPlaceSection
{
    public const int MaxTopics = 1_000;

    [Description("Of older files; the key counts.")]
    [StringLength(256)]
    [NumberIsText]
    public string? GroupId { get; init; }

    [Description("Thread id to what differs in that topic.")]
    [MaxLength(MaxTopics)]
    public ImmutableSortedDictionary<string, TelegramTopicSection>? Topics { get; init; }
}
