using Xopc.Agents.Files;
using Xopc.Agents.Runs;
using Xopc.Agents.Transcripts;
using Xopc.Contracts.Messages;
using Xopc.Messaging;
using Xopc.Storage;

namespace Xopc.Agents.Sessions;

/// <summary>
/// Deletes a session with its transcript and the files that were sent into it. Its waiting turns end as aborted through the usual way: each is claimed, sees
/// the flag and is closed, so that whoever waits for one is told.
/// </summary>
internal sealed class SessionDeletion(
    [FromKeyedServices(AgentsSchema.Database)] Database database, SessionLanes lanes, IControlBroadcast control, SessionEvents events, InboundFiles files)
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
            files.DeleteOf(key);
            events.Deleted(key);
        }

        return existed;
    }

    /// <summary>
    /// Deletes a session that nobody has touched since <paramref name="updatedMs"/>; false where somebody has. Its files are left to their own retention: a
    /// message that comes in this moment may already have brought one.
    /// </summary>
    public async Task<bool> DeleteUntouchedAsync(string key, long updatedMs)
    {
        var deleted = await database.WriteAsync(
            tx =>
            {
                var deleted = SessionStore.DeleteUntouched(tx, key, updatedMs);
                if (deleted)
                {
                    TranscriptStore.DeleteAll(tx, key);
                }

                return deleted;
            },
            CancellationToken.None);
        if (deleted)
        {
            events.Deleted(key);
        }

        return deleted;
    }
}
