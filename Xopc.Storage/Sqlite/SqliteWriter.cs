using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Logging;

namespace Xopc.Storage.Sqlite;

/// <summary>
/// The one writer of a file in this process. Whoever holds the seat commits: a caller that finds nobody else at work commits its own write where it
/// stands; everybody else queues, and a thread takes all that wait into one transaction and one sync. No delay is added to make groups larger: they
/// grow by themselves while a sync runs.
/// </summary>
/// <remarks>
/// Going to the thread and back wakes two sleeping threads, which costs more than the commit (0.14 ms) itself. In exchange a pool thread may wait for
/// the disk: one per file, for one commit, as every read does; a file that another process writes at the moment is left to the thread, whose wait for
/// it is long.
/// </remarks>
internal sealed partial class SqliteWriter : IDisposable
{
    private readonly SqliteSettings _settings;
    private readonly TimeProvider _clock;
    private readonly ILogger _logger;
    private readonly StorageMetrics _metrics;
    private readonly Action _outboxCommitted;
    private readonly WriteQueue _queue;
    private readonly SqliteCheckpoint _checkpoint;
    private readonly SqliteTransaction _transaction = new();
    private readonly List<PendingWrite> _group = [];
    private readonly Lock _seat = new();
    private readonly Thread _thread;
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private SqliteSession? _session;
    private bool _syncing = true;
    private long _nextProbe;
    private volatile DatabaseHealth _health;
    private volatile int _openings;

    public SqliteWriter(SqliteSettings settings, TimeProvider clock, ILogger logger, StorageMetrics metrics, Action outboxCommitted)
    {
        (_settings, _clock, _logger, _metrics, _outboxCommitted) = (settings, clock, logger, metrics, outboxCommitted);
        _queue = new WriteQueue(settings.QueueCapacity);
        _checkpoint = new SqliteCheckpoint(settings, error => LogCheckpointFailed(settings.Name, error));
        _health = new DatabaseHealth(Writable: true, Reason: null, clock.GetUtcNow());
        _thread = new Thread(Run) { IsBackground = true, Name = $"database {settings.Name}" };
    }

    public DatabaseHealth Health => _health;

    /// <summary>For tests and for whoever waits for recovery; raised on the writer.</summary>
    public event Action<DatabaseHealth>? HealthChanged;

    /// <summary>How often the file was opened: 0 until it is usable; readers of an earlier opening are thrown away.</summary>
    public int Openings => _openings;

    public int Waiting => _queue.Unfinished;

    public Task Ended => _ended.Task;

    /// <summary>Opens the file and begins. What time may heal (a full disk, a lock) does not fail the start: the writer keeps trying.</summary>
    public void Start()
    {
        try
        {
            Open();
        }
        catch (SqliteException error) when (SqliteFailure.IsPassing(error))
        {
            BecomeUnwritable(error);
        }

        _thread.Start();
    }

    /// <summary>Commits the write here and now if nobody else writes or waits; false: it has to queue.</summary>
    public bool TryCommit(PendingWrite write)
    {
        // A write made inside another one (from its function or its callback) must not join that one's transaction.
        if (_queue.Unfinished > 0 || !_health.Writable || _seat.IsHeldByCurrentThread || !_seat.TryEnter())
        {
            return false;
        }

        try
        {
            // Asked again: what queued meanwhile goes first.
            if (_queue.Unfinished > 0 || !_health.Writable || _session is null)
            {
                return false;
            }

            _group.Add(write);
            var done = WorkOff(patient: false);
            _group.Clear();
            if (!_health.Writable)
            {
                _queue.Wake(); // the thread probes from now on
            }

            return done;
        }
        finally
        {
            _seat.Exit();
        }
    }

    public bool TryEnqueue(PendingWrite write) => _queue.TryEnqueue(write);

    public Task<bool> EnqueueAsync(PendingWrite write, CancellationToken cancellationToken) =>
        _queue.EnqueueAsync(write, _settings.BusyTimeout, cancellationToken);

    /// <summary>Takes no more writes; those waiting are still committed. <see cref="Ended"/> tells when.</summary>
    public void Stop() => _queue.Close();

    /// <summary>After <see cref="Stop"/>: waits for the thread.</summary>
    public void Dispose()
    {
        if (_thread.IsAlive)
        {
            _thread.Join();
        }

        _queue.Dispose();
    }

    private void Run()
    {
        try
        {
            while (_queue.Sleep(_health.Writable ? Timeout.InfiniteTimeSpan : _settings.ProbeInterval))
            {
                lock (_seat)
                {
                    if (!_health.Writable && Environment.TickCount64 >= _nextProbe)
                    {
                        Probe();
                    }

                    // Taken in the seat: what came while a caller committed its own write makes the group larger.
                    _queue.Take(_group, _settings.GroupLimit);
                    var taken = _group.Count;
                    WorkOff(patient: true);
                    _group.Clear();
                    _queue.Finish(taken);
                }
            }
        }
        finally
        {
            lock (_seat)
            {
                _checkpoint.Dispose();
                DropSession();
            }

            _ended.TrySetResult();
        }
    }

    /// <summary>Commits the group and tells everyone in it. False: the file is busy, the caller is not patient, and nothing happened.</summary>
    private bool WorkOff(bool patient)
    {
        _group.RemoveAll(static write =>
        {
            if (write.CancellationToken.IsCancellationRequested)
            {
                write.Cancel();
                return true;
            }

            return false;
        });
        if (_group.Count == 0)
        {
            return true;
        }

        if (_session is null || !_health.Writable)
        {
            FailGroup(new DatabaseUnavailableException(_health.Reason!));
            return true;
        }

        try
        {
            return CommitGroup(_session, patient);
        }
        catch (SqliteException error) when (SqliteFailure.IsUnavailable(error))
        {
            Abandon(_session, error);
        }
        catch (Exception error)
        {
            // A mistake of ours, not of the disk: the group is told and the writer lives on with a fresh connection.
            LogGroupFailed(_settings.Name, error);
            DropSession();
            FailGroup(error);
            BecomeUnwritable(new SqliteException(error.Message, SQLitePCL.raw.SQLITE_IOERR));
        }

        return true;
    }

    private bool CommitGroup(SqliteSession session, bool patient)
    {
        var started = _clock.GetTimestamp();
        Sync(session, _settings.PowerSafe && _group.Exists(static write => write.Durability == Durability.Full));
        if (patient)
        {
            session.Execute("BEGIN IMMEDIATE", []);
        }
        else if (!session.TryBegin(_settings.BusyTimeout))
        {
            return false;
        }

        _transaction.Open(session);
        try
        {
            var alone = _group.Count == 1;
            foreach (var write in _group)
            {
                RunOne(session, write, alone);
            }

            session.Execute(alone && _group[0].Error is not null ? "ROLLBACK" : "COMMIT", []);
        }
        finally
        {
            _transaction.Close();
        }

        _metrics.Committed(_settings.Name, _group.Count, _clock.GetElapsedTime(started));
        TellGroup();
        _checkpoint.Wrote(session.TakeWrittenPages());
        return true;
    }

    private void RunOne(SqliteSession session, PendingWrite write, bool alone)
    {
        if (!alone)
        {
            session.Execute("SAVEPOINT one", []);
        }

        var mark = _transaction.Mark;
        try
        {
            write.Run(_transaction);
        }
        catch (Exception error) when (error is not SqliteException sqlite || !SqliteFailure.IsUnavailable(sqlite))
        {
            write.Error = error;
            _transaction.ForgetAfter(mark);
            if (!alone && session.InTransaction)
            {
                session.Execute("ROLLBACK TO one", []);
            }
        }

        if (!session.InTransaction)
        {
            // A write swallowed the failure after which SQLite gave the whole transaction up; committing the rest would tear the group.
            throw new SqliteException("The transaction was given up by SQLite.", SQLitePCL.raw.SQLITE_IOERR);
        }

        if (!alone)
        {
            session.Execute("RELEASE one", []);
        }
    }

    private void TellGroup()
    {
        var outbox = _transaction.OutboxWritten;
        _transaction.RunCommitted(error => LogCallbackFailed(_settings.Name, error));
        if (outbox)
        {
            RaiseOutboxCommitted();
        }

        foreach (var write in _group)
        {
            if (write.Error is { } error)
            {
                write.Fail(error);
            }
            else
            {
                write.Succeed();
            }
        }
    }

    private void RaiseOutboxCommitted()
    {
        try
        {
            _outboxCommitted();
        }
        catch (Exception error)
        {
            LogCallbackFailed(_settings.Name, error);
        }
    }

    /// <summary>A pragma inside a transaction does nothing, and one per group would cost as much as a statement: it is set only when it changes.</summary>
    private void Sync(SqliteSession session, bool sync)
    {
        if (sync != _syncing)
        {
            session.Run(sync ? "PRAGMA synchronous=FULL" : "PRAGMA synchronous=NORMAL");
            _syncing = sync;
        }
    }

    private void Abandon(SqliteSession session, SqliteException error)
    {
        _transaction.Reset();
        if (!SqliteFailure.KeepsConnection(error))
        {
            DropSession();
        }
        else
        {
            RollBack(session);
        }

        BecomeUnwritable(error);
        FailGroup(new DatabaseUnavailableException(SqliteFailure.Describe(_settings.Path, error), error));
        if (SqliteFailure.Kind(error) == "full")
        {
            // One write that was too large for the space left is no reason to refuse small ones for a second.
            Probe();
        }
    }

    private void FailGroup(Exception error)
    {
        foreach (var write in _group)
        {
            write.Fail(error);
        }
    }

    private void RollBack(SqliteSession session)
    {
        try
        {
            if (session.InTransaction)
            {
                session.Execute("ROLLBACK", []);
            }
        }
        catch (SqliteException)
        {
            // Closing the connection rolls back as well.
            DropSession();
        }
    }

    private void DropSession()
    {
        _transaction.Reset();
        _session?.Dispose();
        _session = null;
    }

    private void Open()
    {
        _session = SqliteOpening.Open(_settings, mayCreate: _openings == 0, _clock.GetUtcNow().ToUnixTimeMilliseconds());
        _syncing = true;
        _openings++;
    }

    [LoggerMessage(LogLevel.Warning, "Database {Database}: a checkpoint failed; the log grows until one succeeds")]
    private partial void LogCheckpointFailed(string database, Exception error);

    [LoggerMessage(LogLevel.Error, "Database {Database}: a commit failed in an unexpected way")]
    private partial void LogGroupFailed(string database, Exception error);

    [LoggerMessage(LogLevel.Error, "Database {Database}: a callback after a commit threw")]
    private partial void LogCallbackFailed(string database, Exception error);
}
