using System.Text.Json;
using Xopc.Contracts;
using Xopc.Contracts.Messages;
using Xopc.Storage;

namespace Xopc.Scheduler.Occurrences;

/// <summary>Asks agents for the end of a turn, in the transaction that decides it: durable, and past everything that waits in the turn's session.</summary>
internal static class TurnCancelling
{
    public static void Ask(DatabaseTransaction transaction, string occurrenceId, string turnId, string sessionKey, string principalId, long nowMs)
    {
        var body = JsonSerializer.SerializeToUtf8Bytes(new TurnRequested(sessionKey, turnId, Command: TurnRequested.CancelTurn, OccurrenceId: occurrenceId), ContractsJson.Default.TurnRequested);
        Outbox.Add(
            transaction,
            new StreamMessage($"cancel:{turnId}", WorkStreams.Turns, TurnRequested.CommandKey(sessionKey), body, SchedulerSchema.Database, principalId), nowMs);
    }

    /// <summary>The turns of a job that are at work.</summary>
    public static void AskAll(DatabaseTransaction transaction, string jobId, long nowMs)
    {
        var turns = transaction.Query(
            "SELECT id, turn_id, session_key, principal_id FROM occurrences WHERE job_id = @job AND ended_ms IS NULL AND state = 'running' AND turn_id IS NOT NULL",
            static row => (row.GetString(0), row.GetString(1), row.GetString(2), row.GetString(3)), ("job", jobId));
        foreach (var (id, turnId, sessionKey, principalId) in turns)
        {
            Ask(transaction, id, turnId, sessionKey, principalId, nowMs);
        }
    }
}
