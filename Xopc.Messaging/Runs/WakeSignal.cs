using System.Threading.Tasks.Sources;

namespace Xopc.Messaging.Runs;

/// <summary>
/// An auto-reset event for one waiter, reusable without allocation: a run wakes each of its watchers for every token. Setting never runs the waiter's code
/// on the setter's thread.
/// </summary>
internal sealed class WakeSignal : IValueTaskSource
{
    private const int Idle = 0;
    private const int Waiting = 1;
    private const int Raised = 2;

    private ManualResetValueTaskSourceCore<bool> _source = new() { RunContinuationsAsynchronously = true };
    private int _state;

    public void Set()
    {
        while (true)
        {
            switch (Interlocked.CompareExchange(ref _state, Raised, Idle))
            {
                case Waiting when Interlocked.CompareExchange(ref _state, Idle, Waiting) == Waiting:
                    _source.SetResult(true);
                    return;
                case Waiting:
                    continue; // Another setter woke the waiter; raise it for the next wait.
                default:
                    return;
            }
        }
    }

    /// <summary>Completes at the next <see cref="Set"/>, or at once when it was set since the last wait. One wait at a time.</summary>
    public ValueTask WaitAsync()
    {
        if (Interlocked.CompareExchange(ref _state, Idle, Raised) == Raised)
        {
            return default;
        }

        _source.Reset();
        if (Interlocked.CompareExchange(ref _state, Waiting, Idle) != Idle)
        {
            Volatile.Write(ref _state, Idle);
            return default;
        }

        return new ValueTask(this, _source.Version);
    }

    void IValueTaskSource.GetResult(short token) => _source.GetResult(token);

    ValueTaskSourceStatus IValueTaskSource.GetStatus(short token) => _source.GetStatus(token);

    void IValueTaskSource.OnCompleted(Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) =>
        _source.OnCompleted(continuation, state, token, flags);
}
