using System.ComponentModel;
using System.ComponentModel.DataAnnotations;

namespace Xopc.Configuration;

/// <summary>A webhook as the file has it.</summary>
internal sealed record TelegramWebhookSection
{
    [Description("Public address that Telegram is told; without a path, /webhooks/telegram/{account} is added.")]
    [RegularExpression(ConfigPatterns.ApiRoot)]
    [Required]
    public string? Url { get; init; }

    [Description("What Telegram shows with each update: 16 to 256 letters, digits, dashes and underscores; absent: the gateway makes one.")]
    [RegularExpression(ConfigPatterns.WebhookSecret)]
    public string? Secret { get; init; }
}
