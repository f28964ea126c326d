using System.Collections.Immutable;
using System.ComponentModel;
using System.ComponentModel.DataAnnotations;

namespace Xopc.Configuration;

/// <summary>What the file may say of a topic, and of a group.</summary>
internal abstract record TelegramPlaceSection
{
    [Description("Whether the bot listens there.")]
    public bool? Enabled { get; init; }

    [Description("Whether the bot answers only who mentions it.")]
    public bool? RequireMention { get; init; }

    [Description("Who may use the bot there.")]
    [AllowedValues("open", "allowlist", "disabled")]
    public string? GroupPolicy { get; init; }

    [Description("Ids of the only people who may use the bot there, or *.")]
    [MaxLength(TelegramSettings.MaxAllowed)]
    [ItemsLike(ConfigPatterns.TelegramSender)]
    public ImmutableArray<string>? AllowFrom { get; init; }

    [Description("What the agent is told there, beside its own prompt.")]
    [StringLength(32 * 1024)]
    public string? SystemPrompt { get; init; }
}
