using Xopc.Channels.Accounts;
using Xopc.Configuration;
using Xopc.Contracts;
using Xopc.Contracts.Messages;
using Xopc.ServiceDefaults.Http;
using Xopc.Storage;

namespace Xopc.Channels.Deliveries;

/// <summary><c>POST /api/message</c>: a message to a peer, durable when it is answered; and its state.</summary>
internal static class MessageEndpoints
{
    // The content as JSON at its worst, six bytes a character, and the rest of the body.
    private const int MaxBodyBytes = (6 * MessageRequest.MaxContentBytes) + (16 * 1024);
    private const string KeyMeaning = "The same key with the same body is sent once: 1 to 120 letters, digits and . _ : - + / = @";
    private static readonly TimeSpan BusyRetry = TimeSpan.FromSeconds(5);

    public static void MapMessages(this IEndpointRouteBuilder routes)
    {
        routes.MapPost("/api/message", SendAsync).RequireScope(OperatorScope.Write).WithSummary("Send a message to a conversation on a channel")
            .Takes<SendMessage>("channel", "chat_id|chatId", "content").Header("Idempotency-Key", KeyMeaning).Answers<MessageAccepted>()
            .Fails(ErrorCode.ChannelNotFound, ErrorCode.Conflict, ErrorCode.IdempotencyConflict, ErrorCode.SessionBusy);
        routes.MapPost("/api/send", SendAsync).RequireScope(OperatorScope.Write).WithSummary("Another name of /api/message")
            .Takes<SendMessage>("channel", "chatId|chat_id", "content").Header("Idempotency-Key", KeyMeaning).Answers<MessageAccepted>()
            .Fails(ErrorCode.ChannelNotFound, ErrorCode.Conflict, ErrorCode.IdempotencyConflict, ErrorCode.SessionBusy);
        routes.MapGet("/api/message/{delivery}", DeliveriesEndpoints.GetAsync).RequireScope(OperatorScope.Read).WithSummary("How a message is doing")
            .Route("delivery", "The message_id that was answered").Answers<DeliveryView>().Fails(ErrorCode.NotFound);
    }

    private static async Task<IResult> SendAsync(
        HttpContext context, [FromKeyedServices(ChannelsSchema.Database)] Database database, IAccounts accounts, ConfigStore configuration, DeliveryStreamIntake intake,
        DeliveryLanes lanes, TimeProvider clock)
    {
        var body = await ApiJson.ReadAsync(context, ChannelsJson.Default.SendMessage, MaxBodyBytes);
        var principal = context.GetPrincipal();
        var request = MessageRequest.Read(body, accounts, configuration.Router, principal);
        var now = clock.GetUtcNow();
        var id = IdempotencyKey.RecordId(context.Request, principal, "message") ?? Guid.CreateVersion7(now).ToString("D");
        var delivery = new NewDelivery(
            id, request.Target, request.Text, principal.Id, intake.NotAfterMs(request.Target.Channel, request.Target.AccountId, now), request.SessionKey,
            ReplyTo: request.ReplyTo, TraceParent: System.Diagnostics.Activity.Current?.Id, BodyHash: request.Hash());

        FaultPoint.Reach("message.accepting");
        // Not cancelled with the request: a client that leaves must find it written or not, never half told.
        var outcome = await database.WriteAsync(tx => Accept(tx, delivery, now.ToUnixTimeMilliseconds()), CancellationToken.None);
        FaultPoint.Reach("message.accepted");
        switch (outcome)
        {
            case AcceptOutcome.KeyFull:
                return new ApiError(ErrorCode.SessionBusy, $"{DeliveryStreamIntake.KeyCapacity} messages to this conversation are waiting; nothing was accepted.", BusyRetry);
            case AcceptOutcome.Duplicate when await database.ReadAsync(reader => DeliveryLedger.BodyHash(reader, id), CancellationToken.None) != delivery.BodyHash:
                return IdempotencyKey.Conflict();
        }

        lanes.Wake();
        return ApiJson.Result(new MessageAccepted("ok", id), ChannelsJson.Default.MessageAccepted);
    }

    private static AcceptOutcome Accept(DatabaseTransaction transaction, NewDelivery delivery, long nowMs)
    {
        // The same inbox as what comes over the stream: one capacity per peer, one record of ids. The words lie in the ledger.
        var message = new StreamMessage(
            delivery.Id, WorkStreams.Deliveries, delivery.Key, ReadOnlyMemory<byte>.Empty, ChannelsSchema.Database, delivery.PrincipalId, delivery.TraceParent);
        var outcome = Inbox.Accept(transaction, message, DeliveryStreamIntake.KeyCapacity, nowMs);
        if (outcome == AcceptOutcome.Accepted)
        {
            DeliveryLedger.Add(transaction, delivery, nowMs);
        }

        return outcome;
    }
}
