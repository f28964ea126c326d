using Xopc.Storage.Migrations;
using Xopc.Storage.Sqlite;
using Xopc.Storage.Tests.Sqlite;
using Xopc.Testing.Storage;

namespace Xopc.Storage.Tests.Migrations;

public sealed class StorageSchemaTests
{
    [Fact]
    public async Task From_every_earlier_version_of_the_storage_series_one_arrives_at_the_newest()
    {
        using var directory = new TempDirectory();
        var fresh = await SchemaAsync(Files.Settings(directory.File("fresh.db")));
        for (var version = 0; version < StorageSchema.Series.Migrations.Count; version++)
        {
            var path = directory.File($"from-{version}.db");
            await SchemaAsync(new SqliteSettings("old", path, [new MigrationSeries("storage", [.. StorageSchema.Series.Migrations.Take(version)])]));

            Assert.Equal(fresh, await SchemaAsync(Files.Settings(path)));
        }
    }

    [Fact]
    public async Task Work_and_leases_of_the_first_version_are_there_in_the_newest()
    {
        using var directory = new TempDirectory();
        var path = directory.File("old.db");
        await using (var old = Files.Open(new SqliteSettings("old", path, [new MigrationSeries("storage", [StorageSchema.Series.Migrations[0]])])))
        {
            await old.WriteAsync(
                tx =>
                {
                    tx.Execute("INSERT INTO key_leases VALUES ('k', 'me', 41, 9)");
                    tx.Execute(
                        """
                        INSERT INTO inbox VALUES
                          (7, 'done', 'turns', 'k', x'', 'api', 'operator', NULL, 'done', 1, 10, 1, 2),
                          (9, 'open', 'turns', 'k', x'01', 'api', 'operator', 'trace', 'queued', 0, 20, 3, NULL)
                        """);
                },
                TestContext.Current.CancellationToken);
        }

        await using var database = Files.Open(Files.Settings(path));
        var lease = new KeyLease("k", "me", 41, 9);
        var claimed = await database.WriteAsync(tx => Inbox.ClaimNext(tx, lease), TestContext.Current.CancellationToken);
        await database.WriteAsync(tx => Inbox.Accept(tx, Message.Of("new", key: "k"), 10, 5), TestContext.Current.CancellationToken);

        Assert.Equal((9, "open", "trace", 1), (claimed!.Seq, claimed.Id, claimed.TraceParent, claimed.Attempt));
        Assert.Equal(10, (await database.ReadAsync(reader => Inbox.Find(reader, "new"), TestContext.Current.CancellationToken))!.Seq);
    }

    [Fact]
    public async Task The_ladder_climbs_a_series_from_every_version() =>
        await MigrationLadder.ClimbAsync(Child.Numbers, TestContext.Current.CancellationToken);

    [Fact]
    public async Task The_ladder_notices_a_step_that_leads_elsewhere_depending_on_the_data()
    {
        var series = new MigrationSeries("notes",
        [
            new Migration(1, "one", "CREATE TABLE a (n BIGINT)"),
            new Migration(2, "two", "CREATE TABLE b (n BIGINT NOT NULL); INSERT INTO b SELECT n FROM a"),
        ]);

        await MigrationLadder.ClimbAsync(series, TestContext.Current.CancellationToken);
        await Assert.ThrowsAsync<DatabaseOpenException>(() => MigrationLadder.ClimbAsync(series, TestContext.Current.CancellationToken, (version, tx) =>
        {
            if (version == 1)
            {
                tx.Execute("INSERT INTO a (n) VALUES (NULL)");
            }
        }));
    }

    [Fact]
    public async Task Every_table_of_rows_that_belong_to_someone_carries_the_principal()
    {
        await using var test = TestDatabase.Open();

        var without = await test.Database.ReadAsync(
            reader => reader.Query(
                """
                SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'
                  AND NOT EXISTS (SELECT 1 FROM pragma_table_info(sqlite_master.name) AS c WHERE c.name = 'principal_id' AND c."notnull" = 1)
                ORDER BY name
                """,
                row => row.GetString(0)),
            TestContext.Current.CancellationToken);

        Assert.Equal(["key_leases", "schema_migrations", "storage_probe"], without);
    }

    private static async Task<List<string>> SchemaAsync(SqliteSettings settings)
    {
        await using var database = Files.Open(settings);
        return await database.ReadAsync(
            reader => reader.Query("SELECT name || COALESCE(sql, '') FROM sqlite_master ORDER BY name", row => row.GetString(0)), TestContext.Current.CancellationToken);
    }
}
