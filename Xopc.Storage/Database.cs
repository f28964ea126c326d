namespace Xopc.Storage;

/// <summary>What a write promises once its task completes.</summary>
public enum Durability
{
    /// <summary>Survives power loss: the commit was synced to the disk. The default, and the only right one for anything a caller was told.</summary>
    Full,

    /// <summary>Survives the death of the process, not of the machine: no sync of its own. For partial text, attempt charges and other views.</summary>
    Relaxed,
}

/// <summary>
/// One service's database. Writes are short synchronous functions, grouped by a single writer into one transaction and one sync ("group commit");
/// each has its own savepoint, so a write that throws undoes only itself. Reads run beside the writer on their own connections.
/// A function must not block, await or keep the transaction.
/// </summary>
public abstract class Database : IAsyncDisposable
{
    /// <summary>Short name: <c>agents</c>, <c>channels</c>, <c>scheduler</c>, <c>edge</c>.</summary>
    public abstract string Name { get; }

    /// <summary>Whether the database takes writes now, and why not: full disk, lock held by another process, read-only file.</summary>
    public abstract DatabaseHealth Health { get; }

    /// <summary>
    /// Raised after a commit that put rows into the outbox, while nobody else can commit: signal only. Only for commits of this process; what another process wrote to the
    /// same file is found by polling.
    /// </summary>
    public event Action? OutboxCommitted;

    /// <summary>
    /// Runs <paramref name="work"/> in a write transaction; completes after its commit. When nobody else writes, both may happen before this returns, on
    /// the caller's thread: <paramref name="work"/> must not wait for anything that the caller does next.
    /// </summary>
    /// <exception cref="DatabaseUnavailableException">The database cannot be written (full, locked, read-only, queue full); nothing of the write happened.</exception>
    public abstract Task<T> WriteAsync<T>(Func<DatabaseTransaction, T> work, Durability durability, CancellationToken cancellationToken);

    public Task<T> WriteAsync<T>(Func<DatabaseTransaction, T> work, CancellationToken cancellationToken) => WriteAsync(work, Durability.Full, cancellationToken);

    public Task WriteAsync(Action<DatabaseTransaction> work, Durability durability, CancellationToken cancellationToken) =>
        WriteAsync(tx => { work(tx); return true; }, durability, cancellationToken);

    public Task WriteAsync(Action<DatabaseTransaction> work, CancellationToken cancellationToken) => WriteAsync(work, Durability.Full, cancellationToken);

    /// <summary>Runs <paramref name="work"/> on a read snapshot.</summary>
    public abstract ValueTask<T> ReadAsync<T>(Func<DatabaseReader, T> work, CancellationToken cancellationToken);

    public abstract ValueTask DisposeAsync();

    /// <summary>Gives the space of removed rows back to the disk, in small steps, when it is worth it.</summary>
    internal virtual Task CompactAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <summary>Raises <see cref="OutboxCommitted"/>.</summary>
    protected void RaiseOutboxCommitted() => OutboxCommitted?.Invoke();
}

/// <summary>Whether a database takes writes. <paramref name="Reason"/> names the file and the next step when it does not.</summary>
public sealed record DatabaseHealth(bool Writable, string? Reason, DateTimeOffset Since);

/// <summary>The database cannot be written now; the message names the file, the cause and what to do. HTTP: STORAGE_UNAVAILABLE, 503.</summary>
public sealed class DatabaseUnavailableException(string message, Exception? inner = null) : Exception(message, inner);
