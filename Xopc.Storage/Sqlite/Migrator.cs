using Microsoft.Data.Sqlite;
using Xopc.Storage.Migrations;

namespace Xopc.Storage.Sqlite;

/// <summary>Brings a file's schema forward, one migration per transaction; several processes may do so at once.</summary>
internal static class Migrator
{
    private const string Table = """
        CREATE TABLE IF NOT EXISTS schema_migrations (
          series TEXT NOT NULL, version BIGINT NOT NULL, name TEXT NOT NULL, sha256 TEXT NOT NULL, applied_ms BIGINT NOT NULL,
          PRIMARY KEY (series, version))
        """;

    /// <summary>Refuses a file whose history is not a beginning of ours. Reads only.</summary>
    public static List<AppliedMigration> Check(SqliteSession session, string path, IReadOnlyList<MigrationSeries> series)
    {
        var applied = session.Scalar("SELECT 1 FROM sqlite_master WHERE type='table' AND name='schema_migrations'", []) is null
            ? []
            : session.Query(
                "SELECT series, version, sha256 FROM schema_migrations ORDER BY series, version",
                row => new AppliedMigration(row.GetString(0), row.GetInt32(1), row.GetString(2)), []);
        MigrationHistory.Verify(path, applied, series);
        return applied;
    }

    public static void Migrate(SqliteSession session, string path, IReadOnlyList<MigrationSeries> series, long nowMs)
    {
        var applied = Check(session, path, series);
        foreach (var one in series)
        {
            foreach (var migration in one.Migrations.Where(m => !applied.Any(a => a.Series == one.Name && a.Version == m.Version)))
            {
                Apply(session, path, one.Name, migration, nowMs);
            }
        }

        // What another process put in meanwhile is compared as well.
        Check(session, path, series);
    }

    private static void Apply(SqliteSession session, string path, string series, Migration migration, long nowMs)
    {
        session.Run("BEGIN IMMEDIATE");
        try
        {
            session.Run(Table);
            var inserted = session.Execute(
                """
                INSERT INTO schema_migrations (series, version, name, sha256, applied_ms) VALUES (@series, @version, @name, @sha256, @now)
                ON CONFLICT (series, version) DO NOTHING
                """,
                [("series", series), ("version", migration.Version), ("name", migration.Name), ("sha256", MigrationHistory.HashOf(migration)), ("now", nowMs)]);
            if (inserted == 1)
            {
                session.Run(InSqlite(migration.Sql));
            }

            session.Run("COMMIT");
        }
        catch (Exception error)
        {
            if (session.InTransaction)
            {
                session.Run("ROLLBACK");
            }

            if (error is SqliteException sqlite && !SqliteFailure.IsUnavailable(sqlite))
            {
                throw new DatabaseOpenException(
                    $"Step {migration.Version} ('{migration.Name}') of the schema '{series}' fails on '{path}': {sqlite.Message}. Keep the file and go back to the version that worked.", sqlite);
            }

            throw;
        }
    }

    private static string InSqlite(string sql) => sql
        .Replace("{identity}", "INTEGER PRIMARY KEY AUTOINCREMENT").Replace("{ascending}", "INTEGER PRIMARY KEY")
        .Replace("{bytes}", "BLOB").Replace("{clustered}", " WITHOUT ROWID");
}
