using Xopc.Channels.Accounts;
using Xopc.Channels.Deliveries;
using Xopc.Channels.Intake;
using Xopc.Channels.Telegram.Webhooks;
using Xopc.Configuration;
using Xopc.ServiceDefaults.Redaction;

namespace Xopc.Channels.Telegram;

/// <summary>The channel <c>telegram</c>: bots of the Bot API, by long polling or by webhook.</summary>
internal sealed class TelegramChannel(IServiceProvider services, SecretRegistry secrets, TimeProvider clock) : IChannel
{
    public string Id => TelegramSettingsMap.Channel;

    public ChannelCapabilities Capabilities { get; } = new(["dm", "group"], Threads: true, Media: true, Edit: true, Typing: true);

    public bool ConnectsAfterListen => true;

    // Telegram: 30 messages a second of a bot, one a second to a chat, 20 a minute to a group. Two less a second, and bursts so small that no window of those
    // lengths ever sees more.
    public ChannelRates Rates { get; } = new(
        new Rate(TimeSpan.FromSeconds(1) / 28, 2), new Rate(TimeSpan.FromSeconds(1), 1), new Rate(TimeSpan.FromSeconds(3.75), 4));

    public IReadOnlyList<AccountSettings> AccountsOf(XopcConfig config) => TelegramSettingsMap.Of(config.Channels.Telegram);

    public IAccount Open(AccountSettings settings)
    {
        var telegram = (TelegramAccountSettings)settings;
        secrets.Register(telegram.Token); // whatever writes it anywhere writes a mask
        secrets.Register(telegram.Config.Webhook?.Secret);
        return new TelegramAccount(
            telegram, services.GetRequiredService<IIntake>, services.GetRequiredService<AccountNotes>(), services.GetRequiredService<WebhookNotes>(), secrets, clock,
            services.GetRequiredService<ILogger<TelegramAccount>>());
    }
}
