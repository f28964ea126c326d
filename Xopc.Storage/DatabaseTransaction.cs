using System.Data.Common;

namespace Xopc.Storage;

/// <summary>
/// Queries on one connection. SQL is the portable subset of SQLite and PostgreSQL: <c>@name</c> parameters, <c>ON CONFLICT</c>, <c>RETURNING</c>,
/// instants as Unix milliseconds in <c>BIGINT</c>, booleans as 0/1. Statements are prepared once per connection and kept by their text: never build SQL from data.
/// </summary>
public abstract class DatabaseReader
{
    /// <summary>All rows.</summary>
    public abstract List<T> Query<T>(string sql, Func<DbDataReader, T> map, params ReadOnlySpan<(string Name, object? Value)> parameters);

    /// <summary>The first row, or the default.</summary>
    public abstract T? QueryFirst<T>(string sql, Func<DbDataReader, T> map, params ReadOnlySpan<(string Name, object? Value)> parameters);

    /// <summary>The first column of the first row; null without a row.</summary>
    public abstract object? Scalar(string sql, params ReadOnlySpan<(string Name, object? Value)> parameters);
}

/// <summary>A write in progress. Valid only inside the function it was given to.</summary>
public abstract class DatabaseTransaction : DatabaseReader
{
    /// <summary>Runs a statement; the number of rows it changed.</summary>
    public abstract int Execute(string sql, params ReadOnlySpan<(string Name, object? Value)> parameters);

    /// <summary>Calls back after this write's group has been committed, before the write's task completes; on the writer: signal only. Never called after a rollback.</summary>
    public abstract void OnCommitted(Action action);

    /// <summary>Remembers that the write put something into the outbox, for <see cref="Database.OutboxCommitted"/>.</summary>
    internal virtual void NoteOutbox()
    {
    }
}
