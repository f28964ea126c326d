using Xopc.Storage;
using Xopc.Storage.Migrations;

namespace Xopc.Testing.Storage;

/// <summary>Proves of a series what forward-only migrations promise: from every earlier version one arrives at the schema that a new file has.</summary>
public static class MigrationLadder
{
    /// <summary>
    /// For each version from 0 (no table of the series yet) to the newest: builds a file of that version, lets <paramref name="fill"/> put data into it,
    /// opens it with the whole series and compares its schema with a new file's.
    /// </summary>
    /// <param name="fill">Gets the version; the data must survive the rest of the way, or the migration throws.</param>
    /// <exception cref="InvalidOperationException">The schemas differ; the message shows both.</exception>
    public static async Task ClimbAsync(MigrationSeries series, CancellationToken cancellationToken, Action<int, DatabaseTransaction>? fill = null)
    {
        using var directory = new TempDirectory();
        string fresh;
        await using (var test = TestDatabase.OpenAt(directory.File("fresh.db"), clock: null, series))
        {
            fresh = await SchemaAsync(test, cancellationToken);
        }

        for (var version = 0; version <= series.Migrations.Count; version++)
        {
            var path = directory.File($"from-{version}.db");
            await using (var test = TestDatabase.OpenAt(path, clock: null, new MigrationSeries(series.Name, [.. series.Migrations.Take(version)])))
            {
                await test.Database.WriteAsync(transaction => fill?.Invoke(version, transaction), cancellationToken);
            }

            await using var migrated = TestDatabase.OpenAt(path, clock: null, series);
            var arrived = await SchemaAsync(migrated, cancellationToken);
            if (arrived != fresh)
            {
                throw new InvalidOperationException($"From version {version} of '{series.Name}' one arrives at\n{arrived}\ninstead of\n{fresh}");
            }
        }
    }

    private static async Task<string> SchemaAsync(TestDatabase test, CancellationToken cancellationToken) =>
        string.Join('\n', await test.Database.ReadAsync(
            reader => reader.Query("SELECT type, name, COALESCE(sql, '') FROM sqlite_master ORDER BY type, name", row => $"{row.GetString(0)} {row.GetString(1)}: {row.GetString(2)}"),
            cancellationToken));
}
