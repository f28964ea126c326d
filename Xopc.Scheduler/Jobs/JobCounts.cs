using Xopc.Storage;

namespace Xopc.Scheduler.Jobs;

/// <summary>Counts what <see cref="JobMetrics"/> says.</summary>
internal static class JobCounts
{
    private const long HourMs = 3_600_000;

    public static JobMetrics Read(DatabaseReader reader, long nowMs)
    {
        var next = reader.QueryFirst(
            $"SELECT {JobRows.Columns} FROM jobs WHERE next_ms IS NOT NULL ORDER BY next_ms, id LIMIT 1",
            static row => (Id: row.GetString(0), Job: JobReader.ReadStored(row.GetString(1)).Job, NextMs: row.GetInt64(5)));
        return new JobMetrics(
            Count(reader, "SELECT COUNT(*) FROM jobs"), Count(reader, "SELECT COUNT(*) FROM jobs WHERE enabled = 1"),
            reader.Query("SELECT body FROM jobs", static row => JobReader.ReadStored(row.GetString(0)).Job is null).Count(static damaged => damaged),
            Count(reader, "SELECT COUNT(*) FROM jobs WHERE blocked IS NOT NULL"), Count(reader, "SELECT COUNT(*) FROM jobs WHERE marked_ms IS NOT NULL"),
            Count(reader, "SELECT COUNT(*) FROM occurrences WHERE ended_ms IS NULL AND state = 'running'"),
            Count(reader, "SELECT COUNT(*) FROM occurrences WHERE ended_ms IS NULL AND state <> 'running'"),
            Since(reader, "SELECT COUNT(*) FROM occurrences WHERE ended_ms > @since AND outcome IN ('failed', 'timed-out', 'unknown')", nowMs - HourMs),
            Since(reader, "SELECT CAST(COALESCE(AVG(ended_ms - started_ms), 0) AS INTEGER) FROM occurrences WHERE ended_ms > @since AND outcome = 'ran' AND started_ms IS NOT NULL", nowMs - (24 * HourMs)),
            next.Id, next.Job?.Name, next.Id is null ? null : next.NextMs);
    }

    private static int Count(DatabaseReader reader, string sql) => reader.Scalar(sql) is long count ? (int)count : 0;

    private static int Since(DatabaseReader reader, string sql, long sinceMs) => reader.Scalar(sql, ("since", sinceMs)) is long count ? (int)count : 0;
}
