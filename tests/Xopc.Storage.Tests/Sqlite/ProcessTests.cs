using System.Globalization;
using Xopc.Testing.Storage;

namespace Xopc.Storage.Tests.Sqlite;

/// <summary>Real processes on one file.</summary>
public sealed class ProcessTests : IDisposable
{
    private readonly TempDirectory _directory = new();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public void Dispose() => _directory.Dispose();

    [Theory]
    [InlineData(Durability.Full, 300)]
    [InlineData(Durability.Relaxed, 1_500)]
    [InlineData(Durability.Full, 1)]
    public async Task Whatever_a_killed_process_was_told_is_written_is_there_after_it(Durability durability, int killAfter)
    {
        var path = _directory.File("test.db");
        using var child = Child.Start("write", path, durability.ToString());
        var told = new List<long>();
        while (told.Count < killAfter)
        {
            told.Add(long.Parse((await child.StandardOutput.ReadLineAsync(Cancellation))!, CultureInfo.InvariantCulture));
        }

        child.Kill();
        // What it had already said is in the pipe; the last line may be cut off, and half a number proves nothing.
        var rest = await child.StandardOutput.ReadToEndAsync(Cancellation);
        told.AddRange(rest.Split('\n')[..^1].Select(line => long.Parse(line, CultureInfo.InvariantCulture)));
        await child.WaitForExitAsync(Cancellation);

        await using var test = TestDatabase.OpenAt(path, clock: null, Child.Numbers);
        var there = await test.Database.ReadAsync(reader => reader.Query("SELECT n FROM numbers", row => row.GetInt64(0)), Cancellation);
        Assert.Empty(told.Except(there));
        Assert.Equal("ok", await test.Database.ReadAsync(reader => reader.Scalar("PRAGMA integrity_check"), Cancellation));
        await test.Database.WriteAsync(tx => tx.Execute("INSERT INTO numbers (n) VALUES (-1)"), Cancellation);
    }

    [Fact]
    public async Task Processes_on_one_file_do_not_lose_one_anothers_writes()
    {
        var path = _directory.File("test.db");
        var children = Enumerable.Range(0, 3).Select(_ => Child.Start("count", path, "400")).ToArray();
        foreach (var child in children)
        {
            await child.WaitForExitAsync(Cancellation);
            Assert.Equal(0, child.ExitCode);
            child.Dispose();
        }

        await using var test = TestDatabase.OpenAt(path, clock: null, Child.Numbers);
        Assert.Equal(1_200L, await test.Database.ReadAsync(reader => reader.Scalar("SELECT n FROM counter"), Cancellation));
    }
}
