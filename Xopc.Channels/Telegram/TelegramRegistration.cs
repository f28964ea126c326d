using Xopc.Channels.Accounts;

namespace Xopc.Channels.Telegram;

/// <summary>Registers the channel <c>telegram</c>.</summary>
internal static class TelegramRegistration
{
    public static void AddTelegram(this IHostApplicationBuilder builder) => builder.Services.AddSingleton<IChannel, TelegramChannel>();
}
