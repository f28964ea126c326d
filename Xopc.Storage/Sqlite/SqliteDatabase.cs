using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Logging;

namespace Xopc.Storage.Sqlite;

/// <summary>A database in one SQLite file; several processes of one host may share it.</summary>
internal sealed class SqliteDatabase : Database, IDisposable
{
    private readonly SqliteSettings _settings;
    private readonly SqliteWriter _writer;
    private readonly ReaderPool _readers;
    private readonly StorageMetrics _metrics;
    private int _disposed;

    private SqliteDatabase(SqliteSettings settings, TimeProvider clock, ILogger logger, StorageMetrics metrics)
    {
        _settings = settings;
        _metrics = metrics;
        _writer = new SqliteWriter(settings, clock, logger, metrics, RaiseOutboxCommitted);
        _readers = new ReaderPool(settings);
    }

    public override string Name => _settings.Name;

    public override DatabaseHealth Health => _writer.Health;

    public string Path => _settings.Path;

    public event Action<DatabaseHealth>? HealthChanged
    {
        add => _writer.HealthChanged += value;
        remove => _writer.HealthChanged -= value;
    }

    /// <summary>Opens, creates or migrates the file. A full disk or a lock does not fail it; see <see cref="Health"/>.</summary>
    /// <exception cref="DatabaseOpenException">The file cannot be used, and waiting will not help.</exception>
    public static SqliteDatabase Open(SqliteSettings settings, TimeProvider clock, ILogger logger, StorageMetrics metrics)
    {
        var database = new SqliteDatabase(settings, clock, logger, metrics);
        database._writer.Start();
        metrics.Watch(settings.Name, () => database._writer.Waiting);
        return database;
    }

    public override Task<T> WriteAsync<T>(Func<DatabaseTransaction, T> work, Durability durability, CancellationToken cancellationToken)
    {
        if (cancellationToken.IsCancellationRequested)
        {
            return Task.FromCanceled<T>(cancellationToken);
        }

        var write = new PendingWrite<T>(work, durability, cancellationToken);
        return _writer.TryCommit(write) || _writer.TryEnqueue(write) ? write.Task : WriteSlowlyAsync(write, cancellationToken);
    }

    public override async ValueTask<T> ReadAsync<T>(Func<DatabaseReader, T> work, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        var opening = _writer.Openings;
        if (opening == 0)
        {
            throw new DatabaseUnavailableException(_writer.Health.Reason ?? $"The database '{_settings.Path}' is not open yet.");
        }

        await _readers.EnterAsync(cancellationToken);
        try
        {
            return Read(work, opening);
        }
        catch (SqliteException error) when (SqliteFailure.IsUnavailable(error))
        {
            _metrics.Failed(Name, SqliteFailure.Kind(error));
            throw new DatabaseUnavailableException(SqliteFailure.Describe(_settings.Path, error), error);
        }
        finally
        {
            _readers.Leave();
        }
    }

    public override async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _disposed, 1) == 0)
        {
            BeginClose();
            await _writer.Ended;
            EndClose();
        }
    }

    /// <summary>For a host that is disposed synchronously: the writer is a thread, so this joins it and blocks on no task.</summary>
    public void Dispose()
    {
        if (Interlocked.Exchange(ref _disposed, 1) == 0)
        {
            BeginClose();
            EndClose();
        }
    }

    /// <summary>Begins when a quarter of the file (and 8 MiB) is empty: below that, the next rows use the space sooner than giving it back would pay.</summary>
    internal override async Task CompactAsync(CancellationToken cancellationToken)
    {
        const int Step = 256;
        var (free, all) = await ReadAsync(
            static reader => ((long)reader.Scalar("PRAGMA freelist_count")!, (long)reader.Scalar("PRAGMA page_count")!), cancellationToken);
        if (free < 2048 || free < all / 4)
        {
            return;
        }

        for (; free > 0; free -= Step)
        {
            await WriteAsync(static transaction => transaction.Execute("PRAGMA incremental_vacuum(256)"), Durability.Relaxed, cancellationToken);
        }
    }

    /// <summary>Readers go first: whichever connection closes last tidies the log away, and a read-only one cannot.</summary>
    private void BeginClose()
    {
        _readers.Dispose();
        _writer.Stop();
    }

    private void EndClose()
    {
        _writer.Dispose();
        _metrics.Unwatch(_settings.Name);
    }

    private async Task<T> WriteSlowlyAsync<T>(PendingWrite<T> write, CancellationToken cancellationToken)
    {
        if (await _writer.EnqueueAsync(write, cancellationToken))
        {
            return await write.Task;
        }

        _metrics.Failed(Name, "queue");
        throw new DatabaseUnavailableException(_writer.Health.Reason
            ?? $"{_settings.QueueCapacity} writes wait for the database '{_settings.Path}' and none got through for {_settings.BusyTimeout.TotalSeconds:0.#} s. Is the disk too slow? Try again.");
    }

    private T Read<T>(Func<DatabaseReader, T> work, int opening)
    {
        var session = _readers.Rent(opening);
        var reader = new SqliteReader(session);
        var healthy = false;
        try
        {
            session.Execute("BEGIN", []);
            try
            {
                return work(reader);
            }
            finally
            {
                reader.Close();
                session.Execute("COMMIT", []);
                healthy = true;
            }
        }
        finally
        {
            if (healthy)
            {
                _readers.Return(session, opening);
            }
            else
            {
                session.Dispose();
            }
        }
    }
}
