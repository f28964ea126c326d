using Microsoft.Data.Sqlite;
using SQLitePCL;

namespace Xopc.Storage.Sqlite;

/// <summary>Tells a broken disk from a broken statement, and says what a person can do about the disk.</summary>
internal static class SqliteFailure
{
    /// <summary>True for what the file, the disk or another process caused; false for a statement's own fault (a constraint, a syntax error).</summary>
    public static bool IsUnavailable(SqliteException error) => error.SqliteErrorCode is
        raw.SQLITE_BUSY or raw.SQLITE_LOCKED or raw.SQLITE_FULL or raw.SQLITE_READONLY or raw.SQLITE_IOERR or raw.SQLITE_CANTOPEN
        or raw.SQLITE_CORRUPT or raw.SQLITE_NOTADB or raw.SQLITE_PERM or raw.SQLITE_PROTOCOL or raw.SQLITE_NOMEM or raw.SQLITE_AUTH;

    /// <summary>True when time alone may heal it, so that a start need not fail.</summary>
    public static bool IsPassing(SqliteException error) => error.SqliteErrorCode is
        raw.SQLITE_BUSY or raw.SQLITE_LOCKED or raw.SQLITE_FULL or raw.SQLITE_IOERR or raw.SQLITE_PROTOCOL or raw.SQLITE_NOMEM;

    /// <summary>True when the connection itself is still good: the next attempt may use it.</summary>
    public static bool KeepsConnection(SqliteException error) => error.SqliteErrorCode is raw.SQLITE_BUSY or raw.SQLITE_LOCKED or raw.SQLITE_FULL;

    /// <summary>One word for metrics.</summary>
    public static string Kind(SqliteException error) => error.SqliteErrorCode switch
    {
        raw.SQLITE_BUSY or raw.SQLITE_LOCKED or raw.SQLITE_PROTOCOL => "locked",
        raw.SQLITE_FULL => "full",
        raw.SQLITE_READONLY or raw.SQLITE_PERM or raw.SQLITE_AUTH => "readonly",
        raw.SQLITE_CANTOPEN => "cantopen",
        raw.SQLITE_CORRUPT or raw.SQLITE_NOTADB => "corrupt",
        _ => "io",
    };

    /// <summary>File, cause and next step.</summary>
    public static string Describe(string path, SqliteException error) => Kind(error) switch
    {
        "locked" => $"The database '{path}' is locked by another process. Find it ('fuser {path}') and stop it; writing resumes by itself when the lock is gone.",
        "full" => $"The disk of the database '{path}' is full. Free some space; writing resumes by itself.",
        "readonly" => $"The database '{path}' is read-only. Make the file, its directory and the file system writable for this user; writing resumes by itself.",
        "cantopen" => $"The database '{path}' cannot be opened. Check that the file, its directory and the file system are there and writable for this user.",
        "corrupt" when error.SqliteErrorCode == raw.SQLITE_NOTADB =>
            $"The file '{path}' is not a database, or its beginning is damaged. Move it away or restore a backup; nothing was changed.",
        "corrupt" => $"The database '{path}' is damaged ({error.Message}). Stop Xopc, keep a copy of the file with its -wal and -shm, and restore a backup.",
        _ => $"The database '{path}' cannot be written: {error.Message} (SQLite {error.SqliteExtendedErrorCode}). Check the disk and the system's log; writing resumes by itself.",
    };
}
