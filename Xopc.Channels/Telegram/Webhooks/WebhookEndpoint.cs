using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Mvc;
using Xopc.Channels.Accounts;
using Xopc.Channels.Intake;
using Xopc.Contracts;
using Xopc.ServiceDefaults.Http;

namespace Xopc.Channels.Telegram.Webhooks;

/// <summary><c>POST /webhooks/telegram/{account}</c>: where Telegram brings the updates of a bot. Answered when they are on the disk, so that it brings again what is not.</summary>
internal static class WebhookEndpoint
{
    public const string SecretHeader = "X-Telegram-Bot-Api-Secret-Token";

    /// <summary>A message of 4,096 characters that answers another, with all their formats, is a tenth of it.</summary>
    public const int MaxBody = 1024 * 1024;

    private static readonly TimeSpan WhilePaused = TimeSpan.FromSeconds(30);

    public static void MapTelegramWebhook(this IEndpointRouteBuilder routes) =>
        routes.MapPost("/webhooks/telegram/{account}", TakeAsync).WithMetadata(new RequestSizeLimitAttribute(MaxBody))
            .PublicBySecret(SecretHeader, "Telegram has no credential of ours; it shows the secret that it was told with the address")
            .WithSummary("Where Telegram brings the updates of a bot that has a webhook").WithTags("Channels").Route("account", "The account's id")
            .Takes(static () => new JsonObject { ["type"] = "object", ["description"] = "An update of the Bot API" }).Answers<WebhookAnswer>().Fails(ErrorCode.Unauthorized, ErrorCode.StorageUnavailable);

    private static async Task<IResult> TakeAsync(
        HttpContext context, string account, AccountRegistry registry, AccountSupervisor supervisor, WebhookNotes webhooks, IIntake intake, ILogger<TelegramWebhook> log)
    {
        // An account that is not there, or polls, answers as one whose secret is wrong.
        var id = SessionKeySegment.AccountId(account);
        var settings = registry.All.OfType<TelegramAccountSettings>().FirstOrDefault(settings => settings.AccountId == id && settings is { Enabled: true, Unusable: null, Config.Webhook: not null });
        var shown = context.Request.Headers[SecretHeader];
        if (await webhooks.FindAsync(settings, shown.Count == 1 ? shown[0] : null, context.RequestAborted) is not { } bot)
        {
            return new ApiError(ErrorCode.Unauthorized, SecretOfEndpoint.Refusal);
        }

        if (supervisor.StateOf(settings!).State == AccountStates.Paused)
        {
            return new ApiError(ErrorCode.Unavailable, "The account is paused.", WhilePaused);
        }

        if (!context.Request.HasJsonContentType())
        {
            return new ApiError(ErrorCode.UnsupportedMediaType, "The body must be application/json.");
        }

        using var update = await BodyAsync(context);
        var messages = new List<InboundMessage>();
        if (update is null || new UpdateReading(settings!.AccountId, bot.Me, bot.Prefix, log).Take(update.RootElement, messages) is null)
        {
            return new ApiError(ErrorCode.InvalidRequest, "The body is no update of the Bot API.");
        }

        if (messages.Count > 0)
        {
            await intake.TakeAsync(messages, ownership: null, static _ => { }, context.RequestAborted);
        }

        return ApiJson.Result(new WebhookAnswer(true), ChannelsJson.Default.WebhookAnswer);
    }

    // Null: it is no JSON. More tolerant than the API's own bodies: what the poll would take, is taken here.
    private static async Task<JsonDocument?> BodyAsync(HttpContext context)
    {
        using var body = new MemoryStream();
        var buffer = new byte[16 * 1024];
        while (await context.Request.Body.ReadAsync(buffer, context.RequestAborted) is > 0 and var read)
        {
            if (body.Length + read > MaxBody)
            {
                throw new ApiException(ErrorCode.PayloadTooLarge, $"The body is larger than {MaxBody} bytes");
            }

            body.Write(buffer, 0, read);
        }

        try
        {
            return JsonDocument.Parse(body.GetBuffer().AsMemory(0, (int)body.Length));
        }
        catch (JsonException)
        {
            return null;
        }
    }
}

/// <summary>Answer of <c>POST /webhooks/telegram/{account}</c>.</summary>
internal sealed record WebhookAnswer(bool Ok);
