using System.Text;
using Xopc.Channels.Accounts;

namespace Xopc.Channels.Telegram;

/// <summary>One bot, ready to be connected. Two are equal when everything that was configured for them is, the token in a file included.</summary>
/// <param name="Config">What the file says; with a token file it holds no token.</param>
/// <param name="Token">Secret; empty where <see cref="AccountSettings.Unusable"/> says why.</param>
internal sealed record TelegramAccountSettings(string AccountId, string OwnershipKey, Configuration.TelegramAccountConfig Config, string Token)
    : AccountSettings(TelegramSettingsMap.Channel, AccountId, OwnershipKey)
{
    public TimeSpan PollTimeout => TimeSpan.FromSeconds(Config.PollTimeoutSeconds);

    protected override bool PrintMembers(StringBuilder builder)
    {
        builder.Append("AccountId = ").Append(AccountId).Append(", OwnershipKey = ").Append(OwnershipKey); // never the token
        return true;
    }
}
