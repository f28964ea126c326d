using Microsoft.Data.Sqlite;
using Xopc.Storage.Migrations;
using Xopc.Testing.Storage;

namespace Xopc.Storage.Tests.Sqlite;

public sealed class OpeningTests : IDisposable
{
    private readonly TempDirectory _directory = new();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    private string DatabasePath => _directory.File("agents.db");

    public void Dispose() => _directory.Dispose();

    [Fact]
    public async Task A_new_file_and_its_directory_belong_to_their_user_alone()
    {
        if (OperatingSystem.IsWindows())
        {
            Assert.Skip("Windows has no mode bits.");
            return;
        }

        var path = _directory.File("state/data/agents.db");

        await using var database = Files.Open(Files.Settings(path));
        await database.WriteAsync(_ => { }, Cancellation);

        const UnixFileMode Ours = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        Assert.Equal(Ours, File.GetUnixFileMode(path));
        Assert.Equal(Ours, File.GetUnixFileMode(path + "-wal"));
        Assert.Equal(Ours | UnixFileMode.UserExecute, File.GetUnixFileMode(Path.GetDirectoryName(path)!));
        Assert.Equal([path, path + "-shm", path + "-wal"], Directory.GetFiles(Path.GetDirectoryName(path)!).Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task A_file_that_others_could_read_is_closed_to_them()
    {
        if (OperatingSystem.IsWindows())
        {
            Assert.Skip("Windows has no mode bits.");
            return;
        }

        await CreateAsync(Child.Numbers);
        File.SetUnixFileMode(DatabasePath, (UnixFileMode)0b110_100_100);

        await CreateAsync(Child.Numbers);

        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(DatabasePath));
    }

    [Fact]
    public async Task Opening_a_file_again_takes_no_lock_away_from_those_who_have_it_open()
    {
        await using var first = Files.Open(Files.Settings(DatabasePath, Child.Numbers));
        await first.WriteAsync(tx => tx.Execute("INSERT INTO numbers (n) VALUES (1)"), Cancellation);

        await CreateAsync(Child.Numbers);
        using (var other = Child.Start("count", DatabasePath, "1"))
        {
            await other.WaitForExitAsync(Cancellation);
        }

        // Were the first one's lock gone, the other process would have believed to be the last, and taken the log away.
        Assert.True(File.Exists(DatabasePath + "-wal"));
        await first.WriteAsync(tx => tx.Execute("INSERT INTO numbers (n) VALUES (2)"), Cancellation);
        Assert.Equal([1, 2], await first.ReadAsync(reader => reader.Query("SELECT n FROM numbers ORDER BY n", row => row.GetInt64(0)), Cancellation));
    }

    [Fact]
    public async Task An_empty_file_becomes_a_database()
    {
        await File.WriteAllBytesAsync(DatabasePath, [], Cancellation);

        await using var database = Files.Open(Files.Settings(DatabasePath, Child.Numbers));

        Assert.Equal(0L, await database.ReadAsync(reader => reader.Scalar("SELECT COUNT(*) FROM numbers"), Cancellation));
    }

    [Fact]
    public async Task A_file_that_is_no_database_is_refused_and_left_alone()
    {
        await File.WriteAllTextAsync(DatabasePath, new string('{', 10_000), Cancellation);
        RefusesUntouched("is not a database");

        await File.WriteAllTextAsync(DatabasePath, "short", Cancellation);
        RefusesUntouched("is not a database");
    }

    [Fact]
    public void A_database_of_another_program_is_refused_and_left_alone()
    {
        using (var foreign = new SqliteConnection($"Data Source={DatabasePath};Pooling=False"))
        {
            foreign.Open();
            using var command = foreign.CreateCommand();
            command.CommandText = "PRAGMA journal_mode=WAL; PRAGMA application_id=42; CREATE TABLE bookmarks (url TEXT);";
            command.ExecuteNonQuery();
        }

        RefusesUntouched("of another program");
    }

    [Theory]
    [InlineData(100, 2_000)]
    [InlineData(4_096, 12_288)]
    public async Task A_damaged_file_is_refused_and_left_alone(int from, int count)
    {
        await CreateAsync(Child.Numbers);
        await using (var file = new FileStream(DatabasePath, FileMode.Open, FileAccess.Write))
        {
            file.Position = from;
            var garbage = new byte[count];
            new Random(7).NextBytes(garbage);
            await file.WriteAsync(garbage, Cancellation);
        }

        RefusesUntouched("damaged", Child.Numbers);
    }

    [Fact]
    public async Task A_file_that_was_cut_off_is_refused_and_left_alone()
    {
        await CreateAsync(Child.Numbers);
        await using (var file = new FileStream(DatabasePath, FileMode.Open, FileAccess.Write))
        {
            file.SetLength(4_096 * 2);
        }

        RefusesUntouched("damaged", Child.Numbers);
    }

    [Fact]
    public async Task A_file_from_a_newer_version_is_refused_and_left_alone()
    {
        await CreateAsync(new MigrationSeries("notes", [new Migration(1, "one", "CREATE TABLE a (n BIGINT)"), new Migration(2, "two", "CREATE TABLE b (n BIGINT)")]));

        RefusesUntouched("newer Xopc", new MigrationSeries("notes", [new Migration(1, "one", "CREATE TABLE a (n BIGINT)")]));
    }

    [Fact]
    public async Task A_file_of_another_service_is_refused_and_left_alone()
    {
        await CreateAsync(Child.Numbers);

        RefusesUntouched("'numbers'", new MigrationSeries("notes", []));
    }

    [Fact]
    public async Task A_file_whose_step_was_edited_is_refused_and_left_alone_but_line_ends_are_no_edit()
    {
        await CreateAsync(new MigrationSeries("notes", [new Migration(1, "one", "CREATE TABLE a (\nn BIGINT)")]));

        RefusesUntouched("different build", new MigrationSeries("notes", [new Migration(1, "one", "CREATE TABLE a (\nn BIGINT, m BIGINT)")]));
        await Files.Open(Files.Settings(DatabasePath, new MigrationSeries("notes", [new Migration(1, "one", "CREATE TABLE a (\r\nn BIGINT)")]))).DisposeAsync();
    }

    [Fact]
    public void A_directory_in_place_of_the_file_is_told()
    {
        Directory.CreateDirectory(DatabasePath);

        Assert.Contains("directory", Refuses().Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_place_that_cannot_be_written_is_told()
    {
        await File.WriteAllTextAsync(_directory.File("state"), "a file where a directory should be", Cancellation);

        var error = Assert.Throws<DatabaseOpenException>(() => Files.Open(Files.Settings(_directory.File("state/data/agents.db"))));

        Assert.Contains(_directory.File("state/data/agents.db"), error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_migration_that_fails_leaves_nothing_of_itself_and_the_steps_before_it_stand()
    {
        var series = new MigrationSeries("notes",
        [
            new Migration(1, "fine", "CREATE TABLE a (n BIGINT)"),
            new Migration(2, "broken", "CREATE TABLE b (n BIGINT); INSERT INTO nowhere VALUES (1);"),
        ]);

        var error = Assert.Throws<DatabaseOpenException>(() => Files.Open(Files.Settings(DatabasePath, series)));

        Assert.Contains("'broken'", error.Message, StringComparison.Ordinal);
        await using var database = Files.Open(Files.Settings(DatabasePath, new MigrationSeries("notes", [series.Migrations[0], new Migration(2, "mended", "CREATE TABLE b (n BIGINT)")])));
        Assert.Equal(["a", "b"], await database.ReadAsync(
            reader => reader.Query("SELECT name FROM sqlite_master WHERE name IN ('a', 'b') ORDER BY name", row => row.GetString(0)), Cancellation));
    }

    [Fact]
    public async Task Many_who_open_a_new_file_at_once_all_get_it_and_each_step_is_taken_once()
    {
        var opened = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => Task.Run(() => Files.Open(Files.Settings(DatabasePath, Child.Numbers)), Cancellation)));

        foreach (var database in opened)
        {
            Assert.True(database.Health.Writable);
            await database.WriteAsync(tx => tx.Execute("UPDATE counter SET n = n + 1"), Cancellation);
        }

        Assert.Equal(8L, await opened[0].ReadAsync(reader => reader.Scalar("SELECT SUM(n) FROM counter"), Cancellation));
        await Task.WhenAll(opened.Select(database => database.DisposeAsync().AsTask()));

        // Whoever closes last tidies the log away. Of several that close in the same moment none may see itself as the last: then the next to open and close does.
        await Files.Open(Files.Settings(DatabasePath, Child.Numbers)).DisposeAsync();
        Assert.Equal([DatabasePath], Directory.GetFiles(_directory.Path));
    }

    [Fact]
    public void A_series_with_a_gap_is_a_mistake_that_is_told() =>
        Assert.Throws<ArgumentException>(() => MigrationHistory.RequireNumbered(new MigrationSeries("notes", [new Migration(2, "two", "")])));

    private async Task CreateAsync(MigrationSeries series) => await Files.Open(Files.Settings(DatabasePath, series)).DisposeAsync();

    private DatabaseOpenException Refuses(params MigrationSeries[] series)
    {
        var error = Assert.Throws<DatabaseOpenException>(() => Files.Open(Files.Settings(DatabasePath, series)));
        Assert.Contains(DatabasePath, error.Message, StringComparison.Ordinal);
        return error;
    }

    private void RefusesUntouched(string because, params MigrationSeries[] series)
    {
        var before = Files.HashOf(DatabasePath);
        Assert.Contains(because, Refuses(series).Message, StringComparison.Ordinal);
        Assert.Equal(before, Files.HashOf(DatabasePath));
    }
}
