using Xopc.Agents.Runs;
using Xopc.Configuration;
using Xopc.Contracts;
using Xopc.Storage;

namespace Xopc.Agents.Turns;

/// <summary>Accepts turns: durable first, then run by whoever holds the session.</summary>
internal sealed class TurnIntake(
    [FromKeyedServices(AgentsSchema.Database)] Database database, SessionLanes lanes, [FromKeyedServices(AgentsSchema.Database)] LeaseOwner owner, RunWaiters waiters, ConfigStore configuration,
    Sessions.SessionEvents sessionEvents, TimeProvider clock)
{
    /// <summary>
    /// Accepts the turn, or says why not. When it returns accepted, the message is on the disk and will have exactly one outcome.
    /// </summary>
    /// <returns>The result, and the end of the run as far as this process will see it (null when there is no run).</returns>
    public async Task<(SubmitResult Result, Task<RunOutcome>? End)> SubmitAsync(TurnSubmission submission, CancellationToken cancellationToken)
    {
        var runId = Guid.CreateVersion7(clock.GetUtcNow()).ToString("D");
        var end = waiters.Register(runId);
        var capacity = configuration.Current.Session.QueueCapacity;
        SubmitResult result;
        ClaimedTurn? claimed;
        try
        {
            FaultPoint.Reach("turn.accepting");
            (result, claimed) = await database.WriteAsync(
                tx => TurnStore.Accept(
                    tx, submission, runId, capacity, owner.Name, !lanes.IsStopping, clock.GetUtcNow().ToUnixTimeMilliseconds()),
                cancellationToken);
        }
        catch
        {
            waiters.Forget(runId);
            throw;
        }

        FaultPoint.Reach("turn.accepted");
        AgentsTelemetry.Submitted(result.Outcome.ToString());
        if (result.Outcome == SubmitOutcome.Accepted)
        {
            sessionEvents.TurnAccepted(result); // before the first piece of an answer in it
        }

        if (claimed is not null)
        {
            lanes.Start(claimed);
        }

        switch (result.Outcome)
        {
            case SubmitOutcome.Accepted:
                return (result, end);
            case SubmitOutcome.Known:
                waiters.Forget(runId);
                return (result, waiters.Register(result.RunId));
            default:
                waiters.Forget(runId);
                return (result, null);
        }
    }
}
