using System.Text.Json;
using Xopc.Configuration;
using Xopc.Contracts;
using Xopc.Contracts.Messages;
using Xopc.Messaging;
using Xopc.Scheduler.Jobs;
using Xopc.Storage;

namespace Xopc.Scheduler.Occurrences;

/// <summary>
/// Takes what agents and channels report, in the transaction that accepts it. A report about a row that has ended, about an attempt that is not the last, or about a job
/// that was deleted says nothing new.
/// </summary>
internal sealed class OccurrenceReports(ConfigStore configuration, OccurrenceNews news, SweepWake wake, TimeProvider clock)
{
    // Nothing waits here: a report is done when it is accepted.
    private const int KeyCapacity = 1_000;

    public StreamIntake Intake => new(WorkStreams.Occurrences, SchedulerSchema.Database, KeyCapacity, Accept, _ => wake.Set());

    private void Accept(DatabaseTransaction transaction, StreamMessage message)
    {
        var report = JsonSerializer.Deserialize(message.Body.Span, ContractsJson.Default.OccurrenceReported) ?? throw new JsonException("A report's body is null.");
        var nowMs = clock.GetUtcNow().ToUnixTimeMilliseconds();
        if (OccurrenceRows.Find(transaction, report.OccurrenceId) is { } row)
        {
            Settle(transaction, row, report, nowMs);
        }

        Inbox.Finish(transaction, message.Id, nowMs);
    }

    private void Settle(DatabaseTransaction transaction, Occurrence row, OccurrenceReported report, long nowMs)
    {
        if (report.Outcome is null)
        {
            if (report is { DeliveryId: { } delivery, DeliveryState: { } state } && (row.DeliveryId ?? delivery) == delivery)
            {
                OccurrenceEnding.Delivered(transaction, row, delivery, state, report.DeliveryReason, configuration, news, nowMs);
            }

            return;
        }

        if (row.State != OccurrenceStates.Running || row.TurnId != report.TurnId)
        {
            return;
        }

        // The delivery's own end may have been heard of before.
        transaction.Execute(
            """
            UPDATE occurrences SET started_ms = COALESCE(@started, claimed_ms), model = @model, summary = @summary, tokens = COALESCE(tokens, 0) + @tokens, cost = @cost,
              delivery_id = COALESCE(delivery_id, @delivery), delivery_state = COALESCE(delivery_state, @state), bytes = 300 + COALESCE(LENGTH(@summary), 0)
            WHERE id = @id
            """,
            ("started", report.StartedMs), ("model", report.Model), ("summary", report.Summary), ("tokens", report.Tokens), ("cost", report.Cost), ("delivery", report.DeliveryId),
            ("state", report.DeliveryState), ("id", row.Id));
        EndAttempt(transaction, row, report, nowMs);
    }

    private void EndAttempt(DatabaseTransaction transaction, Occurrence row, OccurrenceReported report, long nowMs)
    {
        var asked = transaction.QueryFirst(
            "SELECT cancel, cancel_reason FROM occurrences WHERE id = @id",
            static found => found.IsDBNull(0) ? default : (Outcome: found.GetString(0), Reason: found.IsDBNull(1) ? null : found.GetString(1)), ("id", row.Id));
        var outcome = OccurrenceOutcomes.All.Contains(report.Outcome!) ? report.Outcome! : OccurrenceOutcomes.Unknown;
        if (asked.Outcome is not null && outcome != OccurrenceOutcomes.Ran)
        {
            End(transaction, row, asked.Outcome, asked.Reason, nowMs, blocks: false);
        }
        else if (outcome == OccurrenceOutcomes.Failed && !report.Blocks && JobRows.Find(transaction, row.JobId)?.Job is { } job && row.Attempt <= job.MaxRetries)
        {
            transaction.Execute(
                "UPDATE occurrences SET state = 'retrying', retry_ms = @at, deadline_ms = NULL, reason = @reason WHERE id = @id AND ended_ms IS NULL",
                ("at", nowMs + (long)RetryDelays.After(row.Attempt).TotalMilliseconds), ("reason", report.Reason), ("id", row.Id));
        }
        else
        {
            End(transaction, row, outcome, report.Reason, nowMs, report.Blocks);
        }
    }

    private void End(DatabaseTransaction transaction, Occurrence row, string outcome, string? reason, long nowMs, bool blocks) =>
        OccurrenceEnding.End(transaction, row.Id, outcome, reason, configuration, news, nowMs, blocks);
}
