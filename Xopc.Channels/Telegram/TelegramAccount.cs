using System.Buffers.Text;
using System.Globalization;
using System.Security.Cryptography;
using System.Text.Json;
using Telegram.Bot;
using Telegram.Bot.Exceptions;
using Telegram.Bot.Types;
using Telegram.Bot.Types.Enums;
using Xopc.Channels.Accounts;
using Xopc.Channels.Deliveries;
using Xopc.Channels.Intake;
using Xopc.Channels.Telegram.Text;
using Xopc.Channels.Telegram.Webhooks;
using Xopc.Contracts.Messages;
using Xopc.ServiceDefaults.Redaction;
using Xopc.Storage;

namespace Xopc.Channels.Telegram;

/// <summary>One bot. What it sends and asks goes over a connection of its own, apart from the poll's, which a conflict throws away.</summary>
internal sealed class TelegramAccount(
    TelegramAccountSettings settings, Func<IIntake> intake, AccountNotes notes, WebhookNotes webhooks, SecretRegistry secrets, TimeProvider clock, ILogger<TelegramAccount> log) : IEditingAccount
{
    private static readonly TimeSpan AskTimeout = TimeSpan.FromSeconds(20);
    private static readonly TimeSpan TypingTimeout = TimeSpan.FromSeconds(5);

    private readonly Lazy<TelegramConnection> _connection = new(() => new TelegramConnection(settings));

    // Where none is configured: a new one with each account that is opened, kept nowhere but in Telegram.
    private readonly Lazy<string> _webhookSecret = new(() =>
    {
        var secret = settings.Config.Webhook?.Secret ?? Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(32));
        secrets.Register(secret);
        return secret;
    });

    public AccountSettings Settings => settings;

    public Task ReceiveAsync(KeyLease ownership, IAccountReport report, CancellationToken stopping) =>
        settings.Config.Webhook is null
            ? new TelegramPoll(settings, intake(), notes, clock, log).RunAsync(ownership, report, stopping)
            : new TelegramWebhook(settings, _webhookSecret.Value, intake(), notes, webhooks, clock).RunAsync(ownership, report, stopping);

    public async Task<AccountIdentity> ProbeAsync(CancellationToken cancellationToken)
    {
        using var limit = new CancellationTokenSource(AskTimeout, clock);
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, limit.Token);
        try
        {
            return TelegramErrors.IdentityOf(await _connection.Value.Client.GetMe(patience.Token));
        }
        catch (Exception ex) when (!cancellationToken.IsCancellationRequested)
        {
            throw TelegramErrors.ToAccount(ex);
        }
    }

    // Room for the mark, so that a message that has to be marked is still one message.
    public IReadOnlyList<DeliveryPart> Render(string text)
    {
        var limit = Math.Min(settings.Config.TextChunkLimit, TelegramText.MessageLimit - TelegramPart.Label.Length);
        return [.. TextSplitter.Split(TelegramText.Render(text), limit, limit).Select((part, i) => new TelegramPart(i + 1, part))];
    }

    public string Keep(IReadOnlyList<DeliveryPart> parts) =>
        JsonSerializer.Serialize([.. parts.Select(static part => ((TelegramPart)part).Content)], ChannelsJson.Default.ListTextPart);

    public IReadOnlyList<DeliveryPart> Restore(string kept) =>
        [.. JsonSerializer.Deserialize(kept, ChannelsJson.Default.ListTextPart)!.Select(static (part, i) => new TelegramPart(i + 1, part))];

    public DeliveryTarget? Address(string peerId, string? peerKind, string? threadId) =>
        long.TryParse(peerId, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var id) && id != 0
            && (threadId is null || int.TryParse(threadId, NumberStyles.None, CultureInfo.InvariantCulture, out _))
            ? new DeliveryTarget(settings.Channel, settings.AccountId, id < 0 ? "group" : "dm", id.ToString(CultureInfo.InvariantCulture), threadId)
            : null;

    public DeliveryPart? RenderPreview(string text)
    {
        var limit = Math.Min(settings.Config.TextChunkLimit, TelegramText.MessageLimit) - UnfinishedText.MarkLength;
        return TextSplitter.Split(TelegramText.Render(UnfinishedText.Close(text)), limit, limit) is [var first, ..] ? new TelegramPart(1, UnfinishedText.Mark(first)) : null;
    }

    public Task<SendResult> SendAsync(DeliveryTarget target, DeliveryPart part, SendOptions options, CancellationToken cancellationToken) => HandOverAsync(
        ((TelegramPart)part).Labelled(options.Labelled), target.ThreadId,
        async (content, thread) => (await _connection.Value.Client.SendMessage(
            Chat(target.PeerId), content.Text, ParseMode.None, ReplyTo(options, part), messageThreadId: Thread(thread), entities: MessageEntities.Of(content),
            cancellationToken: cancellationToken)).MessageId.ToString(CultureInfo.InvariantCulture));

    public Task<SendResult> EditAsync(DeliveryTarget target, string messageId, DeliveryPart part, CancellationToken cancellationToken) => HandOverAsync(
        ((TelegramPart)part).Content, thread: null,
        async (content, _) =>
        {
            try
            {
                await _connection.Value.Client.EditMessageText(
                    Chat(target.PeerId), Message(messageId), content.Text, ParseMode.None, entities: MessageEntities.Of(content), cancellationToken: cancellationToken);
            }
            catch (ApiRequestException ex) when (TelegramErrors.RefusalOf(ex).IsUnchanged)
            {
                // It came before.
            }

            return messageId;
        });

    public async Task<bool> DeleteAsync(DeliveryTarget target, string messageId, CancellationToken cancellationToken)
    {
        try
        {
            await _connection.Value.Client.DeleteMessage(Chat(target.PeerId), Message(messageId), cancellationToken);
            return true;
        }
        catch (ApiRequestException ex)
        {
            return !TelegramErrors.RefusalOf(ex).IsForNow; // it is gone, or too old
        }
        catch (Exception ex) when (ex is RequestException or HttpRequestException or IOException)
        {
            return false;
        }
    }

    public async Task ShowTypingAsync(DeliveryTarget target, CancellationToken cancellationToken)
    {
        using var limit = new CancellationTokenSource(TypingTimeout, clock);
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, limit.Token);
        try
        {
            await _connection.Value.Client.SendChatAction(Chat(target.PeerId), ChatAction.Typing, Thread(target.ThreadId), cancellationToken: patience.Token);
        }
        catch (Exception ex) when (ex is RequestException or HttpRequestException or OperationCanceledException)
        {
            // A view: nobody misses it.
        }
    }

    public Task FetchAsync(InboundMedia media, Stream destination, CancellationToken cancellationToken) =>
        new TelegramFiles(_connection.Value, settings.MediaMaxBytes, clock).FetchAsync(media.FileId, destination, cancellationToken);

    public ValueTask DisposeAsync()
    {
        if (_webhookSecret.IsValueCreated && settings.Config.Webhook?.Secret is null)
        {
            secrets.Forget(_webhookSecret.Value);
        }

        if (_connection.IsValueCreated)
        {
            _connection.Value.Dispose();
        }

        return ValueTask.CompletedTask;
    }

    private static async Task<SendResult> HandOverAsync(TextPart content, string? thread, Func<TextPart, string?, Task<string>> call)
    {
        string? note = null;
        while (true)
        {
            var result = await TryAsync(() => call(content, thread));
            switch (result)
            {
                // A definite no, and another form of the same message may be taken: nobody saw the first.
                case { Refusal.IsOfFormat: true } when content.Entities.Count > 0:
                    content = content.Plain;
                    note = "The format was left out: Telegram refused it.";
                    continue;
                case { Refusal.IsOfThread: true } when thread is not null:
                    thread = null;
                    note = "Sent outside of its topic, which is closed or gone.";
                    continue;
                case { Refusal: { } refusal }:
                    return refusal.ToResult();
                case { MessageId: { } message }:
                    return new SendResult.Sent(message, note);
                default:
                    return result.Other!;
            }
        }
    }

    private static async Task<Attempt> TryAsync(Func<Task<string>> call)
    {
        try
        {
            return new Attempt(MessageId: await call());
        }
        catch (ApiRequestException ex)
        {
            return new Attempt(Refusal: TelegramErrors.RefusalOf(ex));
        }
        catch (Exception ex) when (TelegramErrors.NeverLeft(ex))
        {
            return new Attempt(Other: new SendResult.Later("Telegram cannot be reached."));
        }
        catch (OperationCanceledException)
        {
            throw;
        }
        catch (Exception ex) when (ex is RequestException or HttpRequestException or IOException)
        {
            return new Attempt(Other: new SendResult.Unknown("The connection to Telegram broke before its answer came."));
        }
    }

    private ReplyParameters? ReplyTo(SendOptions options, DeliveryPart part) =>
        settings.Config.ReplyToMode is "first" or "all" && part.No == 1 && int.TryParse(options.ReplyTo, NumberStyles.None, CultureInfo.InvariantCulture, out var message)
            ? new ReplyParameters { MessageId = message, AllowSendingWithoutReply = true }
            : null;

    private static ChatId Chat(string peer) => new(long.Parse(peer, CultureInfo.InvariantCulture));

    private static int Message(string messageId) => int.Parse(messageId, CultureInfo.InvariantCulture);

    private static int? Thread(string? thread) => thread is null ? null : int.Parse(thread, CultureInfo.InvariantCulture);

    /// <summary>One call's end: exactly one of the three.</summary>
    private readonly record struct Attempt(string? MessageId = null, TelegramRefusal? Refusal = null, SendResult? Other = null);
}
