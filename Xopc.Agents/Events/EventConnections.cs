namespace Xopc.Agents.Events;

/// <summary>Counts the open event streams of this process.</summary>
internal sealed class EventConnections
{
    private int _open;

    /// <summary>False: so many are open already.</summary>
    public bool TryEnter(int limit)
    {
        if (Interlocked.Increment(ref _open) <= limit)
        {
            return true;
        }

        Interlocked.Decrement(ref _open);
        return false;
    }

    public void Leave() => Interlocked.Decrement(ref _open);
}
