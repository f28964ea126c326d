using System.Collections.Concurrent;

namespace Xopc.Agents.Runs;

/// <summary>Callers of this process that wait for a run's end. Registered before the turn is accepted, so that no end is missed.</summary>
internal sealed class RunWaiters
{
    private readonly ConcurrentDictionary<string, TaskCompletionSource<RunOutcome>> _waiting = new(StringComparer.Ordinal);

    public Task<RunOutcome> Register(string runId) =>
        _waiting.GetOrAdd(runId, static _ => new TaskCompletionSource<RunOutcome>(TaskCreationOptions.RunContinuationsAsynchronously)).Task;

    public void Complete(string runId, RunOutcome outcome)
    {
        if (_waiting.TryRemove(runId, out var waiting))
        {
            waiting.TrySetResult(outcome);
        }
    }

    public void Forget(string runId) => _waiting.TryRemove(runId, out _);
}
