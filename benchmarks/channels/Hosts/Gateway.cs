using Microsoft.Data.Sqlite;
using Xopc.Load.Measuring;
using Xopc.Load.Processes;

namespace Xopc.ChannelLoad.Hosts;

/// <summary>A running gateway and what lies in its databases.</summary>
internal sealed class Gateway(ChildProcess process, string data) : IAsyncDisposable
{
    public int Port => process.Port;

    public string Said => process.Said;

    /// <summary>User and system time so far.</summary>
    public double CpuMilliseconds => ProcessFigures.CpuMilliseconds(process.Pid);

    /// <summary>Asks one of the databases beside the gateway, which goes on.</summary>
    public List<T> Query<T>(string database, string sql, Func<SqliteDataReader, T> map)
    {
        using var connection = new SqliteConnection($"Data Source={Path.Combine(data, database + ".db")};Mode=ReadOnly;Pooling=False");
        connection.Open();
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        using var reader = command.ExecuteReader();
        var rows = new List<T>();
        while (reader.Read())
        {
            rows.Add(map(reader));
        }

        return rows;
    }

    public ValueTask DisposeAsync() => process.DisposeAsync();
}
