using System.Data.Common;
using Microsoft.Data.Sqlite;
using SQLitePCL;

namespace Xopc.Storage.Sqlite;

/// <summary>
/// One connection and its prepared statements, straight on SQLite's own API: a statement is two writes per turn times five, and the ADO.NET layer
/// costs more than SQLite does there (and sleeps 150 ms at a time when the file is busy). Used by one thread at a time.
/// </summary>
internal sealed class SqliteSession : IDisposable
{
    /// <summary>Far above what one service has; only SQL built from data would reach it, and then the least used goes.</summary>
    private const int MaxStatements = 256;

    private readonly sqlite3 _handle;
    private readonly Dictionary<string, SqliteStatement> _byReference = new(ReferenceEqualityComparer.Instance);
    private readonly Dictionary<string, SqliteStatement> _byText = new(StringComparer.Ordinal);
    private long _uses;

    static SqliteSession() => Batteries_V2.Init();

    private SqliteSession(sqlite3 handle) => _handle = handle;

    /// <summary>False while a transaction is open. SQLite itself ends one after some failures (full disk, I/O error).</summary>
    public bool InTransaction => raw.sqlite3_get_autocommit(_handle) == 0;

    /// <summary>SQLite falls back to a read-only handle when the file may not be written.</summary>
    public bool IsReadOnly => raw.sqlite3_db_readonly(_handle, "main") == 1;

    public int Changes => raw.sqlite3_changes(_handle);

    /// <summary>Pages this connection wrote to the log since the last call.</summary>
    public int TakeWrittenPages()
    {
        raw.sqlite3_db_status(_handle, raw.SQLITE_DBSTATUS_CACHE_WRITE, out var pages, out _, 1);
        return pages;
    }

    public static SqliteSession Open(string path, bool readOnly, TimeSpan busyTimeout)
    {
        var flags = raw.SQLITE_OPEN_NOMUTEX | (readOnly ? raw.SQLITE_OPEN_READONLY : raw.SQLITE_OPEN_READWRITE);
        var code = raw.sqlite3_open_v2(path, out var handle, flags, null);
        if (code != raw.SQLITE_OK)
        {
            var error = handle is null ? new SqliteException(raw.sqlite3_errstr(code).utf8_to_string(), code) : ErrorOf(handle, code);
            handle?.Dispose();
            throw error;
        }

        raw.sqlite3_extended_result_codes(handle, 1);
        raw.sqlite3_busy_timeout(handle, (int)busyTimeout.TotalMilliseconds);
        raw.sqlite3_create_function(handle, "lower", 1, raw.SQLITE_UTF8 | raw.SQLITE_DETERMINISTIC, null, Lower);
        return new SqliteSession(handle);
    }

    /// <summary>Runs statements that are not worth keeping: pragmas, migrations.</summary>
    public void Run(string sql)
    {
        var code = raw.sqlite3_exec(_handle, sql);
        if (code != raw.SQLITE_OK)
        {
            throw ErrorOf(_handle, code);
        }
    }

    /// <summary>Begins a write unless another process is writing; waits for nobody.</summary>
    public bool TryBegin(TimeSpan busyTimeout)
    {
        raw.sqlite3_busy_timeout(_handle, 0);
        try
        {
            return Statement("BEGIN IMMEDIATE").TryRun();
        }
        finally
        {
            raw.sqlite3_busy_timeout(_handle, (int)busyTimeout.TotalMilliseconds);
        }
    }

    public int Execute(string sql, ReadOnlySpan<(string Name, object? Value)> parameters)
    {
        using var execution = Statement(sql).Start(parameters);
        while (execution.Step())
        {
        }

        return execution.Writes ? Changes : 0;
    }

    public List<T> Query<T>(string sql, Func<DbDataReader, T> map, ReadOnlySpan<(string Name, object? Value)> parameters)
    {
        var rows = new List<T>();
        using var execution = Statement(sql).Start(parameters);
        while (execution.Step())
        {
            rows.Add(map(execution.Row));
        }

        return rows;
    }

    public T? QueryFirst<T>(string sql, Func<DbDataReader, T> map, ReadOnlySpan<(string Name, object? Value)> parameters)
    {
        using var execution = Statement(sql).Start(parameters);
        return execution.Step() ? map(execution.Row) : default;
    }

    public object? Scalar(string sql, ReadOnlySpan<(string Name, object? Value)> parameters)
    {
        using var execution = Statement(sql).Start(parameters);
        return execution.Step() && execution.Row.GetValue(0) is var value and not DBNull ? value : null;
    }

    /// <summary>Copies what the log holds into the file without waiting for anybody; writers go on meanwhile.</summary>
    public void CheckpointPassively() => raw.sqlite3_wal_checkpoint_v2(_handle, "main", raw.SQLITE_CHECKPOINT_PASSIVE, out _, out _);

    public void Dispose()
    {
        foreach (var statement in _byText.Values)
        {
            statement.Dispose();
        }

        _byText.Clear();
        _byReference.Clear();
        _handle.Dispose();
    }

    // SQLite's own LOWER knows ASCII alone; PostgreSQL's folds every script. With this one the same statement finds the same rows in both.
    private static void Lower(sqlite3_context context, object userData, sqlite3_value[] values)
    {
        if (raw.sqlite3_value_type(values[0]) == raw.SQLITE_NULL)
        {
            raw.sqlite3_result_null(context);
        }
        else
        {
            raw.sqlite3_result_text(context, raw.sqlite3_value_text(values[0]).utf8_to_string().ToLowerInvariant());
        }
    }

    internal static SqliteException ErrorOf(sqlite3 handle, int code) =>
        new(raw.sqlite3_errmsg(handle).utf8_to_string(), code & 0xff, code);

    private SqliteStatement Statement(string sql)
    {
        // Literals come as the same object each time; comparing 300 characters per statement is what this saves.
        if (!_byReference.TryGetValue(sql, out var statement) && !_byText.TryGetValue(sql, out statement))
        {
            statement = Prepare(sql);
        }

        statement.LastUse = ++_uses;
        return statement.InUse ? SqliteStatement.Prepare(_handle, sql, keep: false) : statement;
    }

    private SqliteStatement Prepare(string sql)
    {
        if (_byText.Count >= MaxStatements && _byText.Values.Where(s => !s.InUse).MinBy(s => s.LastUse) is { } oldest)
        {
            _byText.Remove(oldest.Sql);
            _byReference.Remove(oldest.Sql);
            oldest.Dispose();
        }

        var statement = SqliteStatement.Prepare(_handle, sql, keep: true);
        _byText.Add(sql, statement);
        _byReference.Add(sql, statement);
        return statement;
    }
}
