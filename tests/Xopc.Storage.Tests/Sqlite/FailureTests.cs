using Xopc.Storage.Migrations;
using Xopc.Storage.Sqlite;
using Xopc.Testing.Storage;

namespace Xopc.Storage.Tests.Sqlite;

/// <summary>A file that cannot be written for a while: told at once, told why, and over without a restart.</summary>
public sealed class FailureTests : IDisposable
{
    private readonly TempDirectory _directory = new();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public void Dispose() => _directory.Dispose();

    [Fact]
    public async Task Another_process_that_holds_the_lock_makes_writes_fail_and_lets_reads_pass_until_it_lets_go()
    {
        await using var database = Files.Open(Settings());
        using var holder = Child.Start("hold", database.Path);
        Assert.Equal("held", await holder.StandardOutput.ReadLineAsync(Cancellation));

        var error = await Assert.ThrowsAsync<DatabaseUnavailableException>(() => InsertAsync(database, 1));

        Assert.Contains("locked by another process", error.Message, StringComparison.Ordinal);
        Assert.Contains(database.Path, error.Message, StringComparison.Ordinal);
        Assert.Equal((false, error.Message), (database.Health.Writable, database.Health.Reason));
        Assert.Empty(await NumbersAsync(database));
        await Assert.ThrowsAsync<DatabaseUnavailableException>(() => InsertAsync(database, 2));

        var recovered = Waiting.HealthTurns(database, writable: true);
        holder.StandardInput.Close();
        await recovered.Within("the database noticed that the lock is gone");
        await InsertAsync(database, 3);
        Assert.Equal([3], await NumbersAsync(database));
        await holder.WaitForExitAsync(Cancellation);
    }

    [Fact]
    public async Task A_lock_that_is_held_for_a_moment_only_delays_a_write()
    {
        await using var database = Files.Open(Settings() with { BusyTimeout = Waiting.Long });
        using var other = SqliteSession.Open(database.Path, readOnly: false, TimeSpan.Zero);
        other.Run("BEGIN IMMEDIATE");

        var write = InsertAsync(database, 1);
        Assert.False(write.IsCompleted);
        other.Run("COMMIT");
        await write;

        Assert.True(database.Health.Writable);
        Assert.Equal([1], await NumbersAsync(database));
    }

    [Fact]
    public async Task A_start_while_the_file_is_locked_is_degraded_and_migrates_when_the_lock_is_gone()
    {
        await Files.Open(Settings()).DisposeAsync();
        using var other = SqliteSession.Open(_directory.File("test.db"), readOnly: false, TimeSpan.Zero);
        other.Run("BEGIN IMMEDIATE");
        var longer = new MigrationSeries("numbers", [.. Child.Numbers.Migrations, new Migration(2, "more", "CREATE TABLE more (n BIGINT)")]);

        await using var database = Files.Open(Settings() with { Series = [StorageSchema.Series, longer] });
        Assert.False(database.Health.Writable);
        await Assert.ThrowsAsync<DatabaseUnavailableException>(async () => await NumbersAsync(database));
        await Assert.ThrowsAsync<DatabaseUnavailableException>(() => InsertAsync(database, 1));

        var recovered = Waiting.HealthTurns(database, writable: true);
        other.Run("COMMIT");
        await recovered.Within("the database was opened after the lock was gone");
        await database.WriteAsync(tx => tx.Execute("INSERT INTO more (n) VALUES (1)"), Cancellation);
        Assert.Empty(await NumbersAsync(database));
    }

    [Fact]
    public async Task A_full_database_refuses_what_does_not_fit_whole_and_goes_on_when_there_is_room()
    {
        var room = 0L;
        await using var database = Files.Open(Settings() with
        {
            Tamper = session => session.Run($"PRAGMA max_page_count={(Interlocked.Read(ref room) is 0 ? 60 : 100_000)}"),
        });
        await InsertAsync(database, 1);

        var error = await Assert.ThrowsAsync<DatabaseUnavailableException>(() => database.WriteAsync(
            tx =>
            {
                for (var n = 2; n < 1_000; n++)
                {
                    Inbox.Accept(tx, Message.Of($"{n}", text: new string('x', 2_000)), 10_000, 0);
                }
            }, Cancellation));

        Assert.Contains("full", error.Message, StringComparison.Ordinal);
        Assert.Equal([1], await NumbersAsync(database));
        await FillAsync(database);
        Assert.False(database.Health.Writable);
        Assert.Contains(database.Path, database.Health.Reason, StringComparison.Ordinal);

        var recovered = Waiting.HealthTurns(database, writable: true);
        Interlocked.Exchange(ref room, 1);
        await recovered.Within("the database noticed that there is room");
        await InsertAsync(database, 2);
        Assert.Equal([1, 2], await NumbersAsync(database));
    }

    [Fact]
    public async Task A_full_disk_loses_nothing_that_was_promised_and_is_over_when_space_is_freed()
    {
        using var disk = await SmallDisk.MountAsync("3m", Cancellation);
        await using var database = Files.Open(Settings(Path.Combine(disk.Path, "test.db")));
        await InsertAsync(database, 1);
        var ballast = Path.Combine(disk.Path, "ballast");
        await File.WriteAllBytesAsync(ballast, new byte[1 << 20], Cancellation);

        var accepted = await FillAsync(database);
        Assert.Contains("disk", database.Health.Reason, StringComparison.Ordinal);
        Assert.Equal(accepted, await database.ReadAsync(reader => reader.Scalar("SELECT COUNT(*) FROM inbox"), Cancellation));

        var recovered = Waiting.HealthTurns(database, writable: true);
        File.Delete(ballast);
        await recovered.Within("the database noticed that there is space");
        await InsertAsync(database, 2);
        Assert.Equal([1, 2], await NumbersAsync(database));
        Assert.Equal("ok", await database.ReadAsync(reader => reader.Scalar("PRAGMA integrity_check"), Cancellation));
    }

    [Fact]
    public async Task A_start_on_a_full_disk_is_degraded_and_becomes_a_database_when_space_is_freed()
    {
        using var disk = await SmallDisk.MountAsync("1m", Cancellation);
        var ballast = Path.Combine(disk.Path, "ballast");
        await SmallDisk.FillAsync(ballast, Cancellation);

        await using var database = Files.Open(Settings(Path.Combine(disk.Path, "test.db")));
        Assert.False(database.Health.Writable);
        Assert.Contains("full", database.Health.Reason, StringComparison.Ordinal);

        var recovered = Waiting.HealthTurns(database, writable: true);
        File.Delete(ballast);
        await recovered.Within("the database was created when there was space");
        await InsertAsync(database, 1);
        Assert.Equal([1], await NumbersAsync(database));
    }

    [Fact]
    public async Task A_read_only_file_system_is_refused_at_the_start()
    {
        using var disk = await SmallDisk.MountAsync("1m", Cancellation);
        var path = Path.Combine(disk.Path, "test.db");
        await Files.Open(Settings(path)).DisposeAsync();
        await disk.MakeReadOnlyAsync(Cancellation);

        var error = Assert.Throws<DatabaseOpenException>(() => Files.Open(Settings(path)));
        Assert.Contains(path, error.Message, StringComparison.Ordinal);
        Assert.Throws<DatabaseOpenException>(() => Files.Open(Settings(Path.Combine(disk.Path, "new.db"))));
    }

    [Fact]
    public async Task A_connection_that_became_read_only_is_replaced()
    {
        var broken = 1L;
        await using var database = Files.Open(Settings() with { Tamper = session => session.Run($"PRAGMA query_only={Interlocked.Read(ref broken)}") });

        var error = await Assert.ThrowsAsync<DatabaseUnavailableException>(() => InsertAsync(database, 1));
        Assert.Contains("read-only", error.Message, StringComparison.Ordinal);

        var recovered = Waiting.HealthTurns(database, writable: true);
        Interlocked.Exchange(ref broken, 0);
        await recovered.Within("the database opened the file anew");
        await InsertAsync(database, 2);
        Assert.Equal([2], await NumbersAsync(database));
    }

    [Fact]
    public async Task A_file_that_disappears_is_not_replaced_by_an_empty_one_behind_its_owners_back()
    {
        var failing = 0L;
        await using var database = Files.Open(Settings() with { Tamper = session => session.Run($"PRAGMA query_only={Interlocked.Read(ref failing)}") });
        await InsertAsync(database, 1);
        Interlocked.Exchange(ref failing, 1);
        await database.WriteAsync(tx => tx.Scalar("PRAGMA query_only=1"), Cancellation);
        var moved = database.Path + ".moved";
        var noticed = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        database.HealthChanged += health =>
        {
            if (health.Reason?.Contains("disappeared", StringComparison.Ordinal) == true)
            {
                noticed.TrySetResult();
            }
        };
        File.Move(database.Path, moved);
        await Assert.ThrowsAsync<DatabaseUnavailableException>(() => InsertAsync(database, 2));

        await noticed.Task.WaitAsync(Waiting.Long, Cancellation);
        Assert.False(File.Exists(database.Path));
        var recovered = Waiting.HealthTurns(database, writable: true);
        Interlocked.Exchange(ref failing, 0);
        File.Move(moved, database.Path);
        await recovered.Within("the file is back");
        await InsertAsync(database, 3);
    }

    private SqliteSettings Settings(string? path = null) => Files.Settings(path ?? _directory.File("test.db"), Child.Numbers) with
    {
        BusyTimeout = TimeSpan.FromMilliseconds(100),
        ProbeInterval = TimeSpan.FromMilliseconds(20),
    };

    /// <summary>Accepts messages one by one until the database says that it cannot; how many it took.</summary>
    private static async Task<long> FillAsync(SqliteDatabase database)
    {
        var turned = Waiting.HealthTurns(database, writable: false);
        for (var accepted = 0L; ; accepted++)
        {
            try
            {
                await database.WriteAsync(tx => Inbox.Accept(tx, Message.Of($"fill:{accepted}", text: new string('x', 500)), 1_000_000, 0), Cancellation);
            }
            catch (DatabaseUnavailableException)
            {
                await turned.Within("the health says that the disk is full");
                if (!database.Health.Writable)
                {
                    return accepted;
                }
            }
        }
    }

    private static Task InsertAsync(Database database, int n) =>
        database.WriteAsync(tx => { tx.Execute("INSERT INTO numbers (n) VALUES (@n)", ("n", n)); }, Cancellation);

    private static async Task<List<long>> NumbersAsync(Database database) =>
        await database.ReadAsync(reader => reader.Query("SELECT n FROM numbers ORDER BY n", row => row.GetInt64(0)), Cancellation);
}
