using System.Text.Json;
using Xopc.Contracts;
using Xopc.Contracts.Messages;
using Xopc.Storage;

namespace Xopc.Scheduler.Occurrences;

/// <summary>What the scheduler asks of others: rows of its outbox, each in the transaction that decides it.</summary>
internal static class OccurrenceMessages
{
    public static void Turn(DatabaseTransaction transaction, string turnId, TurnRequested request, string principalId, long nowMs) =>
        Add(transaction, turnId, WorkStreams.Turns, request.SessionKey, JsonSerializer.SerializeToUtf8Bytes(request, ContractsJson.Default.TurnRequested), principalId, nowMs);

    public static void Delivery(DatabaseTransaction transaction, string deliveryId, DeliveryRequested request, string principalId, long nowMs) =>
        Add(
            transaction, deliveryId, WorkStreams.Deliveries, request.Target.Key, JsonSerializer.SerializeToUtf8Bytes(request, ContractsJson.Default.DeliveryRequested), principalId,
            nowMs);

    /// <summary>Notes words in a session that no turn of it writes.</summary>
    public static void Post(DatabaseTransaction transaction, string id, string sessionKey, string text, string principalId, long nowMs) =>
        Add(
            transaction, $"post:{id}", WorkStreams.Posts, PostRequested.KeyOf(sessionKey),
            JsonSerializer.SerializeToUtf8Bytes(new PostRequested(sessionKey, text, id), ContractsJson.Default.PostRequested), principalId, nowMs);

    private static void Add(DatabaseTransaction transaction, string id, string stream, string key, byte[] body, string principalId, long nowMs) =>
        Outbox.Add(transaction, new StreamMessage(id, stream, key, body, SchedulerSchema.Database, principalId), nowMs);
}
