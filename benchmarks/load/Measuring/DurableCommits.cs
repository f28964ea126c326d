using System.Diagnostics;
using Microsoft.Data.Sqlite;

namespace Xopc.Load.Measuring;

/// <summary>
/// What the disk asks for a promise: a bare SQLite database on the same file system as the gateway's, WAL and <c>synchronous=FULL</c>, rows of 512 bytes. A turn
/// needs two commits in sequence, so the pair is the unit.
/// </summary>
internal sealed class DurableCommits : IDisposable
{
    private readonly SqliteConnection _connection;
    private readonly SqliteCommand _insert;

    public DurableCommits(string directory)
    {
        _connection = new SqliteConnection($"Data Source={Path.Combine(directory, "commits.db")};Pooling=False");
        _connection.Open();
        Execute("PRAGMA journal_mode=WAL");
        Execute("PRAGMA synchronous=FULL");
        Execute("CREATE TABLE IF NOT EXISTS rows(id INTEGER PRIMARY KEY, body BLOB NOT NULL)");
        _insert = _connection.CreateCommand();
        _insert.CommandText = "INSERT INTO rows(body) VALUES(@body)";
        _insert.Parameters.AddWithValue("@body", new byte[512]);
        _insert.Prepare();
    }

    public void Pairs(int count, Samples samples) => InSequence(2, count, samples);

    /// <summary>So many commits one after the other make one sample.</summary>
    public void InSequence(int commits, int count, Samples samples)
    {
        for (var i = 0; i < count; i++)
        {
            var start = Stopwatch.GetTimestamp();
            for (var commit = 0; commit < commits; commit++)
            {
                _insert.ExecuteNonQuery();
            }

            samples.AddSince(start);
        }
    }

    public void Dispose()
    {
        _insert.Dispose();
        _connection.Dispose();
    }

    private void Execute(string sql)
    {
        using var command = _connection.CreateCommand();
        command.CommandText = sql;
        command.ExecuteNonQuery();
    }
}
