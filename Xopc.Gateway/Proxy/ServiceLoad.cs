namespace Xopc.Gateway.Proxy;

/// <summary>How many requests are under way to a service, and how many of them wait for it to come back.</summary>
internal sealed class ServiceLoad
{
    /// <summary>Requests that wait hold a connection and no more; beyond this many a restart is answered 503.</summary>
    private const int MostWaiting = 512;

    private int _underWay;
    private int _waiting;

    public bool TryEnter(int limit)
    {
        if (Interlocked.Increment(ref _underWay) <= limit)
        {
            return true;
        }

        Leave();
        return false;
    }

    public void Leave() => Interlocked.Decrement(ref _underWay);

    public bool TryWait()
    {
        if (Interlocked.Increment(ref _waiting) <= MostWaiting)
        {
            return true;
        }

        EndWait();
        return false;
    }

    public void EndWait() => Interlocked.Decrement(ref _waiting);
}
