using Xopc.Storage;

namespace Xopc.Testing.Faults;

/// <summary>A database as long as its host lives; afterwards its calls never end.</summary>
internal sealed class GuardedDatabase : Database
{
    private readonly Database _inner;
    private readonly HostLife _life;
    private readonly TaskCompletionSource _idle = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _underWay = 1; // one for the life itself

    public GuardedDatabase(Database inner, HostLife life)
    {
        (_inner, _life) = (inner, life);
        inner.OutboxCommitted += RaiseOutboxCommitted;
    }

    public override string Name => _inner.Name;

    public override DatabaseHealth Health => _inner.Health;

    public override async Task<T> WriteAsync<T>(Func<DatabaseTransaction, T> work, Durability durability, CancellationToken cancellationToken)
    {
        T result;
        await EnterAsync();
        try
        {
            result = await _inner.WriteAsync(tx => Alive() ? work(tx) : throw new HostDiedException("a write"), durability, cancellationToken);
        }
        finally
        {
            Leave();
            await _life.GoOnAsync();
        }

        return result;
    }

    public override async ValueTask<T> ReadAsync<T>(Func<DatabaseReader, T> work, CancellationToken cancellationToken)
    {
        T result;
        await EnterAsync();
        try
        {
            result = await _inner.ReadAsync(work, cancellationToken);
        }
        finally
        {
            Leave();
            await _life.GoOnAsync();
        }

        return result;
    }

    public override ValueTask DisposeAsync() => _inner.DisposeAsync();

    internal override Task CompactAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    internal async Task CloseAsync()
    {
        Leave();
        await _idle.Task;
        await _inner.DisposeAsync();
    }

    private bool Alive() => !_life.IsDead;

    private async ValueTask EnterAsync()
    {
        await _life.GoOnAsync();
        Interlocked.Increment(ref _underWay);
        if (!Alive())
        {
            Leave(); // died in between
            await _life.GoOnAsync();
        }
    }

    private void Leave()
    {
        if (Interlocked.Decrement(ref _underWay) == 0)
        {
            _idle.TrySetResult();
        }
    }
}
