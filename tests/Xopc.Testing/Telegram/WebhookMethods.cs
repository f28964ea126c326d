using System.Text.Json.Nodes;

namespace Xopc.Testing.Telegram;

/// <summary>Webhook on, off and how it is doing. Asynchronous, because an old one is stopped first.</summary>
internal sealed class WebhookMethods(TelegramServer server) : IDisposable
{
    private readonly SemaphoreSlim _one = new(1);

    public static bool Has(string method) => method.ToLowerInvariant() is "setwebhook" or "deletewebhook" or "getwebhookinfo";

    public async Task<JsonNode?> RunAsync(string method, FakeBot bot, BotRequest request)
    {
        await _one.WaitAsync();
        try
        {
            return method.ToLowerInvariant() switch
            {
                "setwebhook" => await SetAsync(bot, request, request.Text("url")),
                "deletewebhook" => await SetAsync(bot, request, null),
                _ => bot.Webhook?.ToJson(bot.PendingUpdates)
                    ?? new JsonObject { ["url"] = "", ["has_custom_certificate"] = false, ["pending_update_count"] = bot.PendingUpdates },
            };
        }
        finally
        {
            _one.Release();
        }
    }

    public void Dispose() => _one.Dispose();

    private async Task<JsonNode> SetAsync(FakeBot bot, BotRequest request, string? url)
    {
        Uri? target = null;
        if (!string.IsNullOrEmpty(url) && !(Uri.TryCreate(url, UriKind.Absolute, out target) && target.Scheme is "http" or "https"))
        {
            throw BotApiException.BadRequest("bad webhook: invalid URL specified");
        }

        if (bot.Webhook is { } before)
        {
            await before.DisposeAsync();
        }

        bot.Feed.Allow(request);
        bot.Feed.UseWebhook(target is not null, request.Flag("drop_pending_updates"));
        bot.Webhook = target is null ? null : new Webhook(bot, target, request.Text("secret_token"), server.Clock, server.WebhookRetryDelay);
        return true;
    }
}
