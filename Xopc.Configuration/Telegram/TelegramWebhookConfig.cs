using System.Text;

namespace Xopc.Configuration;

/// <summary>How Telegram brings updates in place of our asking for them.</summary>
/// <param name="Url">The address that Telegram is told.</param>
/// <param name="Secret">What Telegram shows with each update.</param>
/// <param name="Path">Where the updates arrive here: the path of the address, unless a proxy rewrites it.</param>
public sealed record TelegramWebhookConfig(string Url, string Secret, string Path)
{
    private bool PrintMembers(StringBuilder text)
    {
        text.Append("Path = ").Append(Path).Append(", Secret = ***");
        return true;
    }
}
