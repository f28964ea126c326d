using Xopc.Agents.Runs;
using Xopc.Agents.Transcripts;
using Xopc.Contracts.Messages;
using Xopc.Messaging;
using Xopc.Storage;

namespace Xopc.Agents.Sessions;

/// <summary>
/// Deletes a session with its transcript. Its waiting turns end as aborted through the usual way: each is claimed, sees the flag and is closed, so that
/// whoever waits for one is told.
/// </summary>
internal sealed class SessionDeletion(
    [FromKeyedServices(AgentsSchema.Database)] Database database, SessionLanes lanes, IControlBroadcast control, SessionEvents events)
{
    /// <summary>False: there is no such session.</summary>
    public async Task<bool> DeleteAsync(string key)
    {
        var (existed, open) = await database.WriteAsync(
            tx =>
            {
                var open = RunStore.Open(tx, key);
                RunStore.Detach(tx, key);
                TranscriptStore.DeleteAll(tx, key);
                return (SessionStore.Delete(tx, key), open);
            },
            CancellationToken.None);
        foreach (var run in open)
        {
            lanes.Find(run.RunId)?.Cancel(RunStop.User);
            await control.SendAsync(new ControlMessage(ControlKinds.Abort, run.RunId), CancellationToken.None);
        }

        if (existed)
        {
            events.Deleted(key);
        }

        return existed;
    }
}
