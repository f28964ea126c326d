using System.ComponentModel;
using System.ComponentModel.DataAnnotations;

namespace Xopc.Configuration;

/// <summary>A member of <c>topics</c> as the file has it.</summary>
internal sealed record TelegramTopicSection : TelegramPlaceSection
{
    [Description("Of older files; the key counts.")]
    [StringLength(256)]
    [NumberIsText]
    public string? TopicId { get; init; }
}
