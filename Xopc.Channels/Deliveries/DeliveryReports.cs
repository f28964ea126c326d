using System.Text.Json;
using Xopc.Contracts;
using Xopc.Contracts.Messages;
using Xopc.Storage;

namespace Xopc.Channels.Deliveries;

/// <summary>Tells the scheduler how the delivery of an occurrence ended, in the transaction that ends it; again when an operator had it sent again.</summary>
internal static class DeliveryReports
{
    public static void Add(DatabaseTransaction transaction, Delivery delivery, string state, string? reason, long nowMs)
    {
        if (delivery.OccurrenceId is not { } occurrence)
        {
            return;
        }

        var report = new OccurrenceReported(occurrence, Outcome: null, DeliveryId: delivery.Id, DeliveryState: state, DeliveryReason: reason);
        Outbox.Add(
            transaction,
            new StreamMessage(
                $"occurrence:{nowMs}:{delivery.Id}", WorkStreams.Occurrences, OccurrenceReported.KeyOf(occurrence),
                JsonSerializer.SerializeToUtf8Bytes(report, ContractsJson.Default.OccurrenceReported), ChannelsSchema.Database, delivery.PrincipalId, delivery.TraceParent),
            nowMs);
    }
}
