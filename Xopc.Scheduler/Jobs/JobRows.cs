using System.Data.Common;
using Xopc.Storage;

namespace Xopc.Scheduler.Jobs;

/// <summary>Rows of the jobs' table, as they are read.</summary>
internal static class JobRows
{
    public const string Columns =
        "id, body, version, enabled, accounted_ms, next_ms, runs, failures, marked_ms, blocked, principal_id, created_ms, updated_ms";

    public static StoredJob? Find(DatabaseReader reader, string id) => reader.QueryFirst($"SELECT {Columns} FROM jobs WHERE id = @id", Map, ("id", id));

    public static List<StoredJob> List(DatabaseReader reader, string after, int limit) =>
        reader.Query($"SELECT {Columns} FROM jobs WHERE id > @after ORDER BY id LIMIT @limit", Map, ("after", after), ("limit", limit));

    /// <summary>Jobs with an instant that is due, the longest due first.</summary>
    public static List<StoredJob> Due(DatabaseReader reader, long nowMs, int limit) =>
        reader.Query($"SELECT {Columns} FROM jobs WHERE next_ms <= @now ORDER BY next_ms, id LIMIT @limit", Map, ("now", nowMs), ("limit", limit));

    private static StoredJob Map(DbDataReader row)
    {
        var id = row.GetString(0);
        var (job, damage) = Body(id, row);
        return new StoredJob(
            id, job, damage, row.GetInt64(2), row.GetInt64(3) != 0, row.GetInt64(4), Number(row, 5), row.GetInt64(6), (int)Math.Clamp(row.GetInt64(7), 0, int.MaxValue), Number(row, 8),
            row.IsDBNull(9) ? null : row.GetString(9), row.GetString(10), row.GetInt64(11), row.GetInt64(12));
    }

    private static (Job? Job, string? Damage) Body(string id, DbDataReader row)
    {
        var reading = JobReader.ReadStored(row.GetString(1));
        if (reading.Job is null)
        {
            return (null, string.Join(" ", reading.Faults));
        }

        return reading.Job.Id == id ? (reading.Job with { Enabled = row.GetInt64(3) != 0 }, null) : (null, $"It is the row of '{id}', and holds the job '{reading.Job.Id}'.");
    }

    private static long? Number(DbDataReader row, int column) => row.IsDBNull(column) ? null : row.GetInt64(column);
}
