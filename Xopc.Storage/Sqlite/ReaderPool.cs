namespace Xopc.Storage.Sqlite;

/// <summary>A few read-only connections, opened when first needed and kept. Whoever finds none free waits.</summary>
internal sealed class ReaderPool(SqliteSettings settings) : IDisposable
{
    private readonly Lock _gate = new();
    private readonly SemaphoreSlim _slots = new(settings.Readers, settings.Readers);
    private readonly Stack<(SqliteSession Session, int Opening)> _idle = new();
    private bool _closed;

    /// <summary>Takes a place; <see cref="Rent"/> follows, and <see cref="Leave"/> in any case.</summary>
    public ValueTask EnterAsync(CancellationToken cancellationToken) =>
        _slots.Wait(0, CancellationToken.None) ? ValueTask.CompletedTask : new ValueTask(_slots.WaitAsync(cancellationToken));

    public void Leave() => _slots.Release();

    public SqliteSession Rent(int opening)
    {
        lock (_gate)
        {
            ObjectDisposedException.ThrowIf(_closed, typeof(Database));
            while (_idle.TryPop(out var kept))
            {
                if (kept.Opening == opening)
                {
                    return kept.Session;
                }

                kept.Session.Dispose();
            }
        }

        return SqliteOpening.OpenReader(settings);
    }

    public void Return(SqliteSession session, int opening)
    {
        lock (_gate)
        {
            if (!_closed)
            {
                _idle.Push((session, opening));
                return;
            }
        }

        session.Dispose();
    }

    public void Dispose()
    {
        lock (_gate)
        {
            _closed = true;
            while (_idle.TryPop(out var kept))
            {
                kept.Session.Dispose();
            }
        }
    }
}
