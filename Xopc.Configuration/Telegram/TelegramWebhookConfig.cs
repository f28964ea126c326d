using System.Text;

namespace Xopc.Configuration;

/// <summary>How Telegram brings updates in place of our asking for them.</summary>
/// <param name="Url">The whole address that Telegram is told.</param>
/// <param name="Secret">What Telegram shows with each update; null: the gateway makes one.</param>
public sealed record TelegramWebhookConfig(string Url, string? Secret)
{
    /// <summary>Where the updates of an account arrive at the gateway, whatever a proxy in front of it makes of the address.</summary>
    public static string PathOf(string accountId) => $"/webhooks/telegram/{accountId}";

    private bool PrintMembers(StringBuilder text)
    {
        text.Append("Url = ").Append(Url).Append(", Secret = ").Append(Secret is null ? "unset" : "***");
        return true;
    }
}
