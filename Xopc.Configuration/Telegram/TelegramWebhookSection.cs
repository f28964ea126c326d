using System.ComponentModel;
using System.ComponentModel.DataAnnotations;

namespace Xopc.Configuration;

/// <summary>A webhook as the file has it.</summary>
internal sealed record TelegramWebhookSection
{
    [Description("Public address that Telegram is told.")]
    [RegularExpression(ConfigPatterns.ApiRoot)]
    [Required]
    public string? Url { get; init; }

    [Description("What Telegram shows with each update: 16 to 256 letters, digits, dashes and underscores.")]
    [RegularExpression(ConfigPatterns.WebhookSecret)]
    [Required]
    public string? Secret { get; init; }

    [Description("Where the updates arrive here; absent: the path of the address.")]
    [RegularExpression(ConfigPatterns.WebhookPath)]
    public string? Path { get; init; }
}
