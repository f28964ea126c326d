using System.Text;
using System.Text.Json;
using Xopc.Channels.Accounts;
using Xopc.Configuration.Routing;
using Xopc.Contracts;
using Xopc.Contracts.Messages;
using Xopc.ServiceDefaults.Http;

namespace Xopc.Channels.Deliveries;

/// <summary>A <c>POST /api/message</c> whose every value was checked against what exists: where it goes, and to whose conversation it belongs.</summary>
internal sealed record MessageRequest(DeliveryTarget Target, string Text, string SessionKey, string? ReplyTo)
{
    /// <summary>Bytes of UTF-8; about 64 messages of a platform that takes 4,096 characters.</summary>
    public const int MaxContentBytes = 256 * 1024;

    private const int MaxIdLength = 128;

    /// <exception cref="ApiException">400, 404 or 409 that names the field.</exception>
    public static MessageRequest Read(SendMessage body, IAccounts accounts, Router router, Principal principal)
    {
        var channel = Id(body.Channel, "channel")?.ToLowerInvariant() ?? throw Missing("channel");
        var chat = Id(body.ChatIdSnake ?? body.ChatId, "chat_id", Contracts.SessionKey.MaxLength) ?? throw Missing("chat_id");
        var text = Content(body.Content);
        var found = accounts.Find(channel, Id(body.AccountId, "accountId"));
        var account = found.Account ?? throw (found.Outcome switch
        {
            AccountLookupOutcome.NoChannel => new ApiException(ErrorCode.ChannelNotFound, found.Reason!),
            AccountLookupOutcome.NoAccount => new ApiException(ErrorCode.InvalidRequest, found.Reason!),
            _ => new ApiException(ErrorCode.Conflict, found.Reason!),
        });
        var thread = Id(body.ThreadIdSnake ?? body.ThreadId, "thread_id");
        var address = account.Address(chat, body.PeerKind, thread) ?? throw new ApiException(ErrorCode.InvalidRequest, $"chat_id '{chat}' is no id of a conversation on {channel}.");
        var session = account.SessionOf(address, router);
        if (!principal.MayTouch(session))
        {
            // To whoever may not touch the conversation there is no such channel.
            throw new ApiException(ErrorCode.ChannelNotFound, $"There is no channel '{channel}'.");
        }

        return router.Agents.Find(session.AgentId) is not null
            ? new MessageRequest(address, text, session.Value, Id(body.ReplyTo, "replyTo"))
            : throw new ApiException(ErrorCode.InvalidRequest, $"chat_id names a session of '{session.AgentId}': there is no such enabled agent in agents.list.");
    }

    /// <summary>What the request means, for its idempotency record.</summary>
    public string Hash() => IdempotencyKey.Hash(JsonSerializer.SerializeToUtf8Bytes(new DeliveryRequested(Target, Text, ReplyToMessageId: ReplyTo), ContractsJson.Default.DeliveryRequested));

    private static string Content(string? content)
    {
        if (string.IsNullOrWhiteSpace(content))
        {
            throw Missing("content");
        }

        return Encoding.UTF8.GetByteCount(content) <= MaxContentBytes
            ? content
            : throw new ApiException(ErrorCode.PayloadTooLarge, $"content is larger than {MaxContentBytes / 1024} KiB.");
    }

    private static string? Id(string? value, string field, int longest = MaxIdLength)
    {
        var text = value?.Trim();
        if (string.IsNullOrEmpty(text))
        {
            return null;
        }

        return text.Length <= longest && !text.AsSpan().ContainsAnyInRange('\0', ' ')
            ? text
            : throw new ApiException(ErrorCode.InvalidRequest, $"{field} has at most {longest} characters and no blanks.");
    }

    private static ApiException Missing(string field) => new(ErrorCode.InvalidRequest, $"Missing required field: {field}");
}
