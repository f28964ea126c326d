namespace Xopc.Scheduler.Jobs;

/// <summary>The jobs' table.</summary>
internal static class JobsSchema
{
    /// <summary>
    /// <c>body</c> is the job as JSON, <c>version</c> grows with each change of it. <c>accounted_ms</c>: every due instant up to it has its row in the ledger.
    /// <c>next_ms</c>: the first one after it; null when none comes (disabled, past its end, run out of runs). <c>runs</c>: due instants that were let run.
    /// <c>failures</c>: in a row; <c>marked_ms</c>: since when there were too many. <c>blocked</c>: why agents could not even begin, with the version that it
    /// is about.
    /// </summary>
    public const string Tables = """
        CREATE TABLE jobs (
            id TEXT PRIMARY KEY NOT NULL,
            version BIGINT NOT NULL,
            enabled INTEGER NOT NULL,
            body TEXT NOT NULL,
            accounted_ms BIGINT NOT NULL,
            next_ms BIGINT,
            runs BIGINT NOT NULL,
            failures INTEGER NOT NULL,
            marked_ms BIGINT,
            blocked TEXT,
            principal_id TEXT NOT NULL,
            created_ms BIGINT NOT NULL,
            updated_ms BIGINT NOT NULL
        ){clustered};
        CREATE INDEX jobs_next ON jobs (next_ms) WHERE next_ms IS NOT NULL;
        """;
}
