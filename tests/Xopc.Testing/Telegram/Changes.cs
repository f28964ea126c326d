namespace Xopc.Testing.Telegram;

/// <summary>Wakes who waits for something to happen. Signalled outside of a test's knowledge, so a wait looks again after every signal.</summary>
internal sealed class Changes
{
    /// <summary>For a machine that is busy with other things; a wait that succeeds never takes it.</summary>
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);

    private TaskCompletionSource _next = Fresh();

    /// <summary>Ends at the next signal.</summary>
    public Task Next => Volatile.Read(ref _next).Task;

    public void Signal() => Interlocked.Exchange(ref _next, Fresh()).TrySetResult();

    /// <param name="probe">What is waited for; null: not yet.</param>
    /// <param name="missing">Says what did not happen and what happened instead.</param>
    public async Task<T> WaitAsync<T>(Func<T?> probe, Func<string> missing, CancellationToken cancellationToken)
        where T : class
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(Limit);
        while (true)
        {
            var next = Next;
            if (probe() is { } found)
            {
                return found;
            }

            try
            {
                await next.WaitAsync(limit.Token);
            }
            catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
            {
                throw new TimeoutException($"Within {Limit.TotalSeconds:0} s {missing()}");
            }
        }
    }

    private static TaskCompletionSource Fresh() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
