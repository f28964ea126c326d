using Xopc.Configuration;
using Xopc.Scheduler.Jobs;
using Xopc.Storage;

namespace Xopc.Scheduler.Occurrences;

/// <summary>Cancels attempts that take too long, and ends those whose end nobody confirms.</summary>
internal sealed class OccurrenceDeadlines(ConfigStore configuration, OccurrenceNews news)
{
    /// <summary>So long the end of a cancelled attempt is waited for.</summary>
    public static readonly TimeSpan ConfirmWithin = TimeSpan.FromMinutes(2);

    private const string Overdue = "ended_ms IS NULL AND state = 'running' AND cancel IS NULL AND deadline_ms <= @now";
    private const string Unconfirmed = "ended_ms IS NULL AND state = 'running' AND cancel IS NOT NULL AND cancel_ms <= @since";

    public static bool HasWork(DatabaseReader reader, long nowMs) =>
        reader.Scalar($"SELECT 1 FROM occurrences WHERE {Overdue} LIMIT 1", ("now", nowMs)) is not null
        || reader.Scalar($"SELECT 1 FROM occurrences WHERE {Unconfirmed} LIMIT 1", ("since", nowMs - (long)ConfirmWithin.TotalMilliseconds)) is not null;

    /// <summary>A step of the sweep's transaction.</summary>
    public void Enforce(DatabaseTransaction transaction, long nowMs)
    {
        foreach (var row in transaction.Query($"SELECT {OccurrenceRows.Columns} FROM occurrences WHERE {Overdue}", OccurrenceRows.Map, ("now", nowMs)))
        {
            var timeout = JobRows.Find(transaction, row.JobId)?.Job?.Timeout;
            transaction.Execute(
                "UPDATE occurrences SET cancel = @outcome, cancel_reason = @reason, cancel_ms = @now WHERE id = @id",
                ("outcome", OccurrenceOutcomes.TimedOut), ("reason", timeout is null ? "took too long" : $"took longer than {timeout.Value.TotalSeconds:0.###} s"), ("now", nowMs), ("id", row.Id));
            if (row is { TurnId: { } turn, SessionKey: { } session })
            {
                TurnCancelling.Ask(transaction, row.Id, turn, session, row.PrincipalId, nowMs);
            }
        }

        foreach (var (id, outcome, reason) in transaction.Query(
            $"SELECT id, cancel, cancel_reason FROM occurrences WHERE {Unconfirmed}", static row => (row.GetString(0), row.GetString(1), row.IsDBNull(2) ? "" : row.GetString(2)),
            ("since", nowMs - (long)ConfirmWithin.TotalMilliseconds)))
        {
            OccurrenceEnding.End(transaction, id, outcome, $"{reason}; that it ended was not confirmed within {ConfirmWithin.TotalMinutes:0} min", configuration, news, nowMs);
        }
    }
}
