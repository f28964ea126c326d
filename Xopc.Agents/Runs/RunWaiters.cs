namespace Xopc.Agents.Runs;

/// <summary>
/// Callers of this process that wait for a run's end. Registered before the turn is accepted, so that no end is missed. Several may wait for one run (the
/// same request sent twice): each registers, each forgets.
/// </summary>
internal sealed class RunWaiters
{
    private readonly Lock _gate = new();
    private readonly Dictionary<string, Waiting> _waiting = new(StringComparer.Ordinal);

    /// <summary>How many runs are waited for.</summary>
    public int Count
    {
        get
        {
            lock (_gate)
            {
                return _waiting.Count;
            }
        }
    }

    /// <summary>Completes with the run's end; cancelled when the run leaves this process without one: then it is to be looked for in the database.</summary>
    public Task<RunOutcome> Register(string runId)
    {
        lock (_gate)
        {
            if (!_waiting.TryGetValue(runId, out var waiting))
            {
                _waiting[runId] = waiting = new Waiting();
            }

            waiting.Callers++;
            return waiting.Task;
        }
    }

    public void Complete(string runId, RunOutcome outcome) => Take(runId)?.TrySetResult(outcome);

    /// <summary>The run is not this process's any more and has not ended here.</summary>
    public void LookElsewhere(string runId) => Take(runId)?.TrySetCanceled();

    /// <summary>One caller less.</summary>
    public void Forget(string runId)
    {
        lock (_gate)
        {
            if (_waiting.TryGetValue(runId, out var waiting) && --waiting.Callers == 0)
            {
                _waiting.Remove(runId);
            }
        }
    }

    private Waiting? Take(string runId)
    {
        lock (_gate)
        {
            return _waiting.Remove(runId, out var waiting) ? waiting : null;
        }
    }

    private sealed class Waiting() : TaskCompletionSource<RunOutcome>(TaskCreationOptions.RunContinuationsAsynchronously)
    {
        /// <summary>Guarded by the gate.</summary>
        public int Callers { get; set; }
    }
}
