using System.Text.Json;
using Xopc.Channels.Accounts;
using Xopc.Contracts;
using Xopc.Contracts.Messages;
using Xopc.Messaging;
using Xopc.Storage;

namespace Xopc.Channels.Deliveries;

/// <summary>Takes deliveries that agents and the scheduler ask for: ledger row and inbox row, in the transaction that accepts the stream's message.</summary>
internal sealed class DeliveryStreamIntake(IAccounts accounts, DeliveryLanes lanes, TimeProvider clock)
{
    /// <summary>Unfinished deliveries a peer may have; more wait in their senders' outboxes.</summary>
    public const int KeyCapacity = 1_000;

    private static readonly TimeSpan DefaultNotAfter = TimeSpan.FromHours(24);

    public StreamIntake Intake => new(WorkStreams.Deliveries, ChannelsSchema.Database, KeyCapacity, Accept, Accepted);

    /// <summary>When something accepted now is given up, for an account.</summary>
    public long NotAfterMs(string channel, string accountId, DateTimeOffset now)
    {
        var time = accounts.Find(channel, accountId).Account?.Settings.NotAfter ?? DefaultNotAfter;
        return (now + time).ToUnixTimeMilliseconds();
    }

    private void Accept(DatabaseTransaction transaction, StreamMessage message)
    {
        var request = JsonSerializer.Deserialize(message.Body.Span, ContractsJson.Default.DeliveryRequested) ?? throw new JsonException("A delivery's body is null.");
        var now = clock.GetUtcNow();
        var notAfter = request.NotAfter?.ToUnixTimeMilliseconds() ?? NotAfterMs(request.Target.Channel, request.Target.AccountId, now);
        DeliveryLedger.Add(
            transaction,
            new NewDelivery(
                message.Id, request.Target, request.Text, message.PrincipalId, notAfter, request.SessionKey, request.TurnId, request.ReplyToMessageId,
                message.TraceParent)
            {
                InSession = request.InSession,
                OccurrenceId = request.OccurrenceId,
            },
            now.ToUnixTimeMilliseconds());
        FaultPoint.Reach("delivery.accepting");
    }

    private void Accepted(IReadOnlyCollection<string> keys) => lanes.Wake();
}
