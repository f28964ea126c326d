namespace Xopc.Agents.Runs;

/// <summary>Tells the journal that a run has written more than it should hold in memory alone.</summary>
internal sealed class JournalBell : IDisposable
{
    /// <summary>Bytes of text after which a run rings.</summary>
    public const int Every = 2 * 1024;

    private readonly SemaphoreSlim _rung = new(0);

    public void Ring()
    {
        if (_rung.CurrentCount == 0)
        {
            _rung.Release(); // twice in a race: one look too many, harmless
        }
    }

    public Task WaitAsync(CancellationToken cancellationToken) => _rung.WaitAsync(cancellationToken);

    public void Dispose() => _rung.Dispose();
}
