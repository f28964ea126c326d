using System.Data.Common;

namespace Xopc.Storage.Sqlite;

/// <summary>The writer's connection as one write sees it. The same object serves every write in turn.</summary>
internal sealed class SqliteTransaction : DatabaseTransaction
{
    private readonly List<Action> _committed = [];
    private SqliteSession? _session;
    private int _thread;

    /// <summary>Whether any write of the group put something into the outbox.</summary>
    public bool OutboxWritten { get; private set; }

    public int Mark => _committed.Count;

    public override List<T> Query<T>(string sql, Func<DbDataReader, T> map, params ReadOnlySpan<(string Name, object? Value)> parameters) =>
        Session.Query(sql, map, parameters);

    public override T? QueryFirst<T>(string sql, Func<DbDataReader, T> map, params ReadOnlySpan<(string Name, object? Value)> parameters)
        where T : default => Session.QueryFirst(sql, map, parameters);

    public override object? Scalar(string sql, params ReadOnlySpan<(string Name, object? Value)> parameters) => Session.Scalar(sql, parameters);

    public override int Execute(string sql, params ReadOnlySpan<(string Name, object? Value)> parameters) => Session.Execute(sql, parameters);

    public override void OnCommitted(Action action)
    {
        ArgumentNullException.ThrowIfNull(action);
        _ = Session;
        _committed.Add(action);
    }

    internal override void NoteOutbox() => OutboxWritten = true;

    public void Open(SqliteSession session)
    {
        _session = session;
        _thread = Environment.CurrentManagedThreadId;
    }

    public void Close() => _session = null;

    /// <summary>Forgets the callbacks of a write that was undone.</summary>
    public void ForgetAfter(int mark) => _committed.RemoveRange(mark, _committed.Count - mark);

    public void RunCommitted(Action<Exception> failed)
    {
        foreach (var action in _committed)
        {
            try
            {
                action();
            }
            catch (Exception error)
            {
                failed(error);
            }
        }

        Reset();
    }

    public void Reset()
    {
        _committed.Clear();
        OutboxWritten = false;
    }

    private SqliteSession Session => _session is { } session && _thread == Environment.CurrentManagedThreadId
        ? session
        : throw new InvalidOperationException("A transaction is only valid inside the function it was given to.");
}
