using Xopc.Channels.Accounts;
using Xopc.Channels.Telegram.Webhooks;

namespace Xopc.Channels.Telegram;

/// <summary>Registers the channel <c>telegram</c>.</summary>
internal static class TelegramRegistration
{
    public static void AddTelegram(this IHostApplicationBuilder builder)
    {
        builder.Services.AddSingleton<WebhookNotes>();
        builder.Services.AddSingleton<IChannel, TelegramChannel>();
    }

    public static void MapTelegram(this IEndpointRouteBuilder routes) => routes.MapTelegramWebhook();
}
