namespace Xopc.Scheduler.Occurrences;

/// <summary>The ledger's table.</summary>
internal static class OccurrencesSchema
{
    /// <summary>
    /// One row per due instant of a job, and per run that somebody asked for. <c>moments</c> is larger than 1 where one row stands for a run of missed
    /// instants, from <c>due_ms</c> to <c>last_due_ms</c>. <c>retry_ms</c>: when the next attempt may begin. <c>deadline_ms</c>: when the attempt under way is
    /// cancelled; <c>cancel</c>: as what it ends once its cancelling is confirmed, asked for at <c>cancel_ms</c>. <c>counted</c>: whether its end counted as a
    /// failure of the job.
    /// </summary>
    public const string Tables = """
        CREATE TABLE occurrences (
            seq {identity},
            id TEXT NOT NULL UNIQUE,
            job_id TEXT NOT NULL,
            job_version BIGINT NOT NULL,
            due_ms BIGINT NOT NULL,
            last_due_ms BIGINT NOT NULL,
            moments BIGINT NOT NULL,
            manual INTEGER NOT NULL,
            state TEXT NOT NULL,
            outcome TEXT,
            reason TEXT,
            attempt INTEGER NOT NULL,
            retry_ms BIGINT,
            deadline_ms BIGINT,
            cancel TEXT,
            cancel_reason TEXT,
            cancel_ms BIGINT,
            claimed_ms BIGINT,
            started_ms BIGINT,
            ended_ms BIGINT,
            turn_id TEXT,
            session_key TEXT,
            model TEXT,
            summary TEXT,
            tokens BIGINT,
            cost REAL,
            delivery_id TEXT,
            delivery_state TEXT,
            delivery_reason TEXT,
            counted INTEGER NOT NULL,
            principal_id TEXT NOT NULL,
            bytes BIGINT NOT NULL,
            created_ms BIGINT NOT NULL
        );
        CREATE INDEX occurrences_of_job ON occurrences (job_id, seq);
        CREATE INDEX occurrences_open_of_job ON occurrences (job_id, seq) WHERE ended_ms IS NULL;
        CREATE INDEX occurrences_open ON occurrences (state, due_ms, job_id) WHERE ended_ms IS NULL;
        CREATE INDEX occurrences_ended ON occurrences (ended_ms, bytes) WHERE ended_ms IS NOT NULL;
        """;
}
