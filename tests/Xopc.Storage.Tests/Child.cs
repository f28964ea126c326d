using System.Diagnostics;
using Xopc.Storage.Migrations;
using Xopc.Storage.Sqlite;
using Xopc.Testing.Storage;

namespace Xopc.Storage.Tests;

/// <summary>What this executable does as another process: <c>child write|count|hold PATH …</c>.</summary>
internal static class Child
{
    public static MigrationSeries Numbers { get; } = new("numbers",
    [
        new Migration(1, "numbers", "CREATE TABLE numbers (n BIGINT NOT NULL PRIMARY KEY); CREATE TABLE counter (n BIGINT NOT NULL); INSERT INTO counter VALUES (0)"),
    ]);

    /// <summary>Starts this executable as a child; its output and input are piped.</summary>
    public static Process Start(params string[] order)
    {
        var start = new ProcessStartInfo(Environment.ProcessPath!) { RedirectStandardInput = true, RedirectStandardOutput = true, UseShellExecute = false };
        if (Path.GetFileNameWithoutExtension(Environment.ProcessPath) == "dotnet")
        {
            start.ArgumentList.Add(typeof(Child).Assembly.Location);
        }

        start.ArgumentList.Add("child");
        foreach (var word in order)
        {
            start.ArgumentList.Add(word);
        }

        return Process.Start(start)!;
    }

    public static async Task<int> RunAsync(string[] order) => order switch
    {
        ["write", var path, var durability] => await WriteAsync(path, Enum.Parse<Durability>(durability)),
        ["count", var path, var times] => await CountAsync(path, int.Parse(times)),
        ["hold", var path] => await HoldAsync(path),
        _ => 64,
    };

    /// <summary>Writes numbers from eight writers for ever and says each one when its write has completed; somebody kills it.</summary>
    private static async Task<int> WriteAsync(string path, Durability durability)
    {
        await using var test = TestDatabase.OpenAt(path, clock: null, Numbers);
        var last = 0L;
        var told = TextWriter.Synchronized(new StreamWriter(Console.OpenStandardOutput()) { AutoFlush = true });
        await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => Task.Run(async () =>
        {
            while (true)
            {
                var n = Interlocked.Increment(ref last);
                await test.Database.WriteAsync(tx => tx.Execute("INSERT INTO numbers (n) VALUES (@n)", ("n", n)), durability, CancellationToken.None);
                await told.WriteLineAsync($"{n}");
            }
        })));
        return 0;
    }

    /// <summary>Reads a counter and writes it back increased, in one write, so many times.</summary>
    private static async Task<int> CountAsync(string path, int times)
    {
        await using var test = TestDatabase.OpenAt(path, clock: null, Numbers);
        await Parallel.ForAsync(0, times, new ParallelOptions { MaxDegreeOfParallelism = 4 }, async (_, cancellationToken) =>
            await test.Database.WriteAsync(
                tx =>
                {
                    var n = (long)tx.Scalar("SELECT n FROM counter")!;
                    tx.Execute("UPDATE counter SET n = @n", ("n", n + 1));
                },
                Durability.Relaxed, cancellationToken));
        return 0;
    }

    /// <summary>Holds the write lock until its input ends.</summary>
    private static async Task<int> HoldAsync(string path)
    {
        using var session = SqliteSession.Open(path, readOnly: false, TimeSpan.FromSeconds(5));
        session.Run("BEGIN IMMEDIATE");
        Console.WriteLine("held");
        await Console.In.ReadToEndAsync();
        session.Run("ROLLBACK");
        return 0;
    }
}
