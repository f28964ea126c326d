using Microsoft.Data.Sqlite;

namespace Xopc.EndToEnd.Tests.Faults;

/// <summary>The databases of a state directory, seen beside the processes that have them open.</summary>
internal static class FaultFiles
{
    /// <summary>Begins the name of a process of this machine that cannot exist: no pid is so large.</summary>
    public static string DeadOwner { get; } = $"{Environment.MachineName}/2000000000/1/";

    public static async Task<List<T>> QueryAsync<T>(string state, string database, string sql, Func<SqliteDataReader, T> map)
    {
        await using var connection = await OpenAsync(state, database, "ReadOnly");
        await using var command = connection.CreateCommand();
        command.CommandText = sql;
        await using var reader = await command.ExecuteReaderAsync(Wait.Cancelled);
        var rows = new List<T>();
        while (await reader.ReadAsync(Wait.Cancelled))
        {
            rows.Add(map(reader));
        }

        return rows;
    }

    public static async Task<int> ChangeAsync(string state, string database, string sql)
    {
        await using var connection = await OpenAsync(state, database, "ReadWrite");
        await using var command = connection.CreateCommand();
        command.CommandText = sql;
        return await command.ExecuteNonQueryAsync(Wait.Cancelled);
    }

    public static async Task<SqliteConnection> OpenAsync(string state, string database, string mode)
    {
        var connection = new SqliteConnection($"Data Source={Path.Combine(state, "data", database + ".db")};Mode={mode};Pooling=False;Default Timeout=30");
        await connection.OpenAsync(Wait.Cancelled);
        return connection;
    }
}
