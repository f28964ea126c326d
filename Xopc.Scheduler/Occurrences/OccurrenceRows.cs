using System.Data.Common;
using Xopc.Storage;

namespace Xopc.Scheduler.Occurrences;

/// <summary>Rows of the ledger, as they are read and first written.</summary>
internal static class OccurrenceRows
{
    public const string Columns = """
        seq, id, job_id, due_ms, last_due_ms, moments, manual, state, outcome, reason, attempt, retry_ms, claimed_ms, started_ms, ended_ms, turn_id, session_key, model,
        summary, tokens, cost, delivery_id, delivery_state, delivery_reason, principal_id
        """;

    public static Occurrence? Find(DatabaseReader reader, string id) => reader.QueryFirst($"SELECT {Columns} FROM occurrences WHERE id = @id", Map, ("id", id));

    /// <summary>Rows of a job that have not ended.</summary>
    public static int Open(DatabaseReader reader, string jobId) =>
        reader.Scalar("SELECT COUNT(*) FROM occurrences WHERE job_id = @job AND ended_ms IS NULL", ("job", jobId)) is long count ? (int)count : 0;

    /// <summary>A row that waits. False: its instant has one.</summary>
    public static bool AddWaiting(DatabaseTransaction transaction, string id, string jobId, long version, long dueMs, bool manual, string principalId, long nowMs) =>
        Add(transaction, new NewOccurrence(id, jobId, version, dueMs, dueMs, 1, manual, principalId), OccurrenceStates.Waiting, null, null, null, nowMs);

    /// <summary>A row that was decided against. False: its instant has one.</summary>
    public static bool AddEnded(DatabaseTransaction transaction, NewOccurrence occurrence, string outcome, string reason, long nowMs) =>
        Add(transaction, occurrence, OccurrenceStates.Ended, outcome, reason, nowMs, nowMs);

    public static Occurrence Map(DbDataReader row) => new(
        row.GetInt64(0), row.GetString(1), row.GetString(2), row.GetInt64(3), row.GetInt64(4), row.GetInt64(5), row.GetInt64(6) != 0, row.GetString(7), Text(row, 8), Text(row, 9),
        (int)Math.Clamp(row.GetInt64(10), 0, int.MaxValue), Number(row, 11), Number(row, 12), Number(row, 13), Number(row, 14), Text(row, 15), Text(row, 16), Text(row, 17), Text(row, 18), Number(row, 19),
        row.IsDBNull(20) ? null : row.GetDouble(20), Text(row, 21), Text(row, 22), Text(row, 23), row.GetString(24));

    private static bool Add(DatabaseTransaction transaction, NewOccurrence row, string state, string? outcome, string? reason, long? endedMs, long nowMs) =>
        transaction.Execute(
            """
            INSERT INTO occurrences (id, job_id, job_version, due_ms, last_due_ms, moments, manual, state, outcome, reason, attempt, ended_ms, counted, principal_id, bytes, created_ms)
            VALUES (@id, @job, @version, @due, @last, @moments, @manual, @state, @outcome, @reason, 0, @ended, 0, @principal, 300, @now)
            ON CONFLICT (id) DO NOTHING
            """,
            ("id", row.Id), ("job", row.JobId), ("version", row.JobVersion), ("due", row.DueMs), ("last", row.LastDueMs), ("moments", row.Moments), ("manual", row.Manual),
            ("state", state), ("outcome", outcome), ("reason", reason), ("ended", endedMs), ("principal", row.PrincipalId), ("now", nowMs)) > 0;

    private static string? Text(DbDataReader row, int column) => row.IsDBNull(column) ? null : row.GetString(column);

    private static long? Number(DbDataReader row, int column) => row.IsDBNull(column) ? null : row.GetInt64(column);
}
