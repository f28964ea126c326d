namespace Xopc.Storage.Sqlite;

/// <summary>A write that waits for its group.</summary>
internal abstract class PendingWrite(Durability durability, CancellationToken cancellationToken)
{
    public Durability Durability { get; } = durability;

    public CancellationToken CancellationToken { get; } = cancellationToken;

    /// <summary>What the write's own function threw; told after the commit, because it may rest on what an earlier write of the group did.</summary>
    public Exception? Error { get; set; }

    public abstract void Run(DatabaseTransaction transaction);

    public abstract void Succeed();

    public abstract void Fail(Exception error);

    public abstract void Cancel();
}

internal sealed class PendingWrite<T>(Func<DatabaseTransaction, T> work, Durability durability, CancellationToken cancellationToken)
    : PendingWrite(durability, cancellationToken)
{
    // Continuations run elsewhere: on the writer they would hold up the next commit.
    private readonly TaskCompletionSource<T> _done = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private T? _result;

    public Task<T> Task => _done.Task;

    public override void Run(DatabaseTransaction transaction) => _result = work(transaction);

    public override void Succeed() => _done.TrySetResult(_result!);

    public override void Fail(Exception error) => _done.TrySetException(error);

    public override void Cancel() => _done.TrySetCanceled(CancellationToken);
}
