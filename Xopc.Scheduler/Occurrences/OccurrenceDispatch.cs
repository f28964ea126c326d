using Xopc.Configuration;
using Xopc.Configuration.Routing;
using Xopc.Contracts.Messages;
using Xopc.Scheduler.Jobs;
using Xopc.Storage;

namespace Xopc.Scheduler.Occurrences;

/// <summary>Hands over what waits: one row of a job at a time, and no more of them than may be at work.</summary>
internal sealed class OccurrenceDispatch(ConfigStore configuration, OccurrenceNews news)
{
    private const string Order = "ORDER BY due_ms, seq LIMIT @limit";

    // Only the oldest open row of a job, and only while none of the job is at work.
    private const string First = """
        AND NOT EXISTS (SELECT 1 FROM occurrences AS other WHERE other.job_id = occurrences.job_id AND other.ended_ms IS NULL AND (other.seq < occurrences.seq OR other.state = 'running'))
        """;

    /// <summary>Whether something waits that may be handed over now: a look that costs no write.</summary>
    public bool HasWork(DatabaseReader reader, long nowMs) => Ready(reader, nowMs, 1).Count > 0 && Free(reader) > 0;

    /// <summary>A step of the sweep's transaction. How many rows it took on.</summary>
    public int Fill(DatabaseTransaction transaction, long nowMs)
    {
        var taken = 0;
        for (var free = Free(transaction); free > 0; free = Free(transaction))
        {
            var ready = Ready(transaction, nowMs, free);
            foreach (var occurrence in ready)
            {
                HandOver(transaction, occurrence, nowMs);
            }

            taken += ready.Count;
            if (ready.Count == 0 || taken >= 500)
            {
                break; // the rest in the next transaction: others want to write too
            }
        }

        return taken;
    }

    private int Free(DatabaseReader reader) =>
        configuration.Current.Cron.MaxConcurrentJobs
        - (reader.Scalar("SELECT COUNT(*) FROM occurrences WHERE ended_ms IS NULL AND state = 'running'") is long running ? (int)running : 0);

    private static List<Occurrence> Ready(DatabaseReader reader, long nowMs, int limit)
    {
        var retrying = reader.Query(
            $"SELECT {OccurrenceRows.Columns} FROM occurrences WHERE ended_ms IS NULL AND state = 'retrying' AND retry_ms <= @now {First} {Order}", OccurrenceRows.Map,
            ("now", nowMs), ("limit", limit));
        return retrying.Count >= limit
            ? retrying
            : [.. retrying, .. reader.Query(
                $"SELECT {OccurrenceRows.Columns} FROM occurrences WHERE ended_ms IS NULL AND state = 'waiting' {First} {Order}", OccurrenceRows.Map, ("limit", limit - retrying.Count))];
    }

    private void HandOver(DatabaseTransaction transaction, Occurrence occurrence, long nowMs)
    {
        var row = JobRows.Find(transaction, occurrence.JobId);
        var router = configuration.Router;
        if (row?.Job is not { } job)
        {
            End(transaction, occurrence, OccurrenceOutcomes.Failed, row is null ? "its job is gone" : $"the job's row cannot be read: {row.Damage}", nowMs);
            return;
        }

        var blocked = JobBlocks.Of(job, configuration.Current, router.Agents) ?? (occurrence.Manual ? null : row.Blocked);
        if (blocked is not null)
        {
            End(transaction, occurrence, OccurrenceOutcomes.Skipped, $"blocked: {blocked}", nowMs);
        }
        else if (job.Payload.Kind == PayloadKind.AgentTurn)
        {
            AskAgent(transaction, occurrence, job, router.Agents, nowMs);
        }
        else
        {
            Say(transaction, occurrence, job, router.Agents, nowMs);
        }
    }

    private void AskAgent(DatabaseTransaction transaction, Occurrence occurrence, Job job, AgentCatalog agents, long nowMs)
    {
        var attempt = occurrence.Attempt + 1;
        var turnId = attempt == 1 ? occurrence.Id : $"{occurrence.Id}:{attempt}";
        var session = JobSessions.Of(job, agents).Value;
        var replyTo = job.Delivery.Mode == DeliveryMode.None ? null : job.Delivery.Target;
        OccurrenceMessages.Turn(
            transaction, turnId, new TurnRequested(session, job.Payload.Text, replyTo, job.ModelChoice, OccurrenceId: occurrence.Id), occurrence.PrincipalId, nowMs);
        transaction.Execute(
            """
            UPDATE occurrences SET state = 'running', attempt = @attempt, turn_id = @turn, session_key = @session, claimed_ms = @now, started_ms = NULL, retry_ms = NULL,
              deadline_ms = @deadline, reason = NULL
            WHERE id = @id
            """,
            ("attempt", attempt), ("turn", turnId), ("session", session), ("now", nowMs), ("deadline", nowMs + (long)job.Timeout.TotalMilliseconds), ("id", occurrence.Id));
        transaction.OnCommitted(() => news.Started(occurrence, session));
    }

    private void Say(DatabaseTransaction transaction, Occurrence occurrence, Job job, AgentCatalog agents, long nowMs)
    {
        var (target, text) = job.Delivery.Channel is not null ? (job.Delivery.Target, job.Payload.Text) : TextAddress.Split(job.Payload.Text);
        var session = JobSessions.Of(job, agents).Value;
        var isMain = job.SessionTarget == SessionTarget.Main;
        if (target is null && !isMain && job.Delivery.Channel != JobDelivery.Nowhere)
        {
            End(transaction, occurrence, OccurrenceOutcomes.Skipped, "there is no place to say it: neither a delivery nor a main session", nowMs);
            return;
        }

        if (target is not null)
        {
            OccurrenceMessages.Delivery(
                transaction, occurrence.Id, new DeliveryRequested(target, text, SessionKey: session, OccurrenceId: occurrence.Id), occurrence.PrincipalId, nowMs);
        }

        // A delivery to webchat is a note in its session by itself.
        if (isMain && !(target is { Channel: "webchat" } && target.PeerId == session))
        {
            OccurrenceMessages.Post(transaction, occurrence.Id, session, text, occurrence.PrincipalId, nowMs);
        }

        transaction.Execute(
            """
            UPDATE occurrences SET attempt = 1, session_key = @session, claimed_ms = @now, started_ms = @now, summary = @summary, delivery_id = @delivery, delivery_state = @state
            WHERE id = @id
            """,
            ("session", session), ("now", nowMs), ("summary", Short.Of(text, OccurrenceReported.SummaryLength)), ("delivery", target is null ? null : occurrence.Id),
            ("state", target is null ? null : "queued"), ("id", occurrence.Id));
        End(transaction, occurrence, OccurrenceOutcomes.Ran, null, nowMs);
    }

    private void End(DatabaseTransaction transaction, Occurrence occurrence, string outcome, string? reason, long nowMs) =>
        OccurrenceEnding.End(transaction, occurrence.Id, outcome, reason, configuration, news, nowMs);
}
