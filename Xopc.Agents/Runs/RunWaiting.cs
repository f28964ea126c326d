using Xopc.Storage;

namespace Xopc.Agents.Runs;

/// <summary>Waits for a run's end, wherever it runs: told at once by this process, else seen in the database.</summary>
internal sealed class RunWaiting([FromKeyedServices(AgentsSchema.Database)] Database database, SessionLanes lanes, RunWaiters waiters, TimeProvider clock)
{
    private static readonly TimeSpan LookEvery = TimeSpan.FromMilliseconds(250);

    /// <summary>Null: this process stops and the turn is kept for its successor.</summary>
    /// <param name="end">What the caller registered for; the caller forgets it.</param>
    public async Task<RunOutcome?> WaitAsync(string runId, Task<RunOutcome> end, CancellationToken cancellationToken)
    {
        while (!end.IsCompletedSuccessfully)
        {
            try
            {
                if (lanes.Find(runId) is not null)
                {
                    return await end.WaitAsync(cancellationToken); // it runs here: its end, or that it left, will be told
                }

                var row = await database.ReadAsync(reader => RunStore.Find(reader, runId), cancellationToken);
                if (row is null || row.Ended)
                {
                    return row is null ? new RunOutcome(RunStates.Aborted, "", "The session was deleted.") : RunOutcome.Of(row);
                }

                if (lanes.IsStopping)
                {
                    return null;
                }

                return await end.WaitAsync(LookEvery, clock, cancellationToken);
            }
            catch (TimeoutException)
            {
                // Waiting its turn, or elsewhere: look again.
            }
            catch (OperationCanceledException) when (end.IsCanceled)
            {
                end = waiters.Register(runId); // in place of the registration that ended: it may come back
                cancellationToken.ThrowIfCancellationRequested();
            }
        }

        return await end;
    }
}
