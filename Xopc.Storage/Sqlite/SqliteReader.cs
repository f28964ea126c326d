using System.Data.Common;

namespace Xopc.Storage.Sqlite;

/// <summary>A pooled connection as one read sees it.</summary>
internal sealed class SqliteReader(SqliteSession session) : DatabaseReader
{
    private SqliteSession? _session = session;

    public override List<T> Query<T>(string sql, Func<DbDataReader, T> map, params ReadOnlySpan<(string Name, object? Value)> parameters) =>
        Session.Query(sql, map, parameters);

    public override T? QueryFirst<T>(string sql, Func<DbDataReader, T> map, params ReadOnlySpan<(string Name, object? Value)> parameters)
        where T : default => Session.QueryFirst(sql, map, parameters);

    public override object? Scalar(string sql, params ReadOnlySpan<(string Name, object? Value)> parameters) => Session.Scalar(sql, parameters);

    public void Close() => _session = null;

    private SqliteSession Session => _session ?? throw new InvalidOperationException("A reader is only valid inside the function it was given to.");
}
