using Xopc.Agents.Events;
using Xopc.Contracts.Runs;
using Xopc.Messaging;
using Xopc.Storage;

namespace Xopc.Agents.Runs;

/// <summary>
/// Sends a run to a client as SSE: from its first update or from where the client was, live until the terminal update. The client's leaving ends only
/// the sending; the run goes on.
/// </summary>
internal sealed class RunStreaming(
    [FromKeyedServices(AgentsSchema.Database)] Database database, IRunLog runLog, SessionLanes lanes, TimeProvider clock)
{
    /// <summary>The id of the frame that names the run: before every update, so that a client that saw only it gets everything.</summary>
    private static readonly RunUpdateId StatusId = new(0, 1);
    private static readonly RunUpdateId First = new(1, 1);
    private static readonly TimeSpan LookEvery = TimeSpan.FromMilliseconds(50);

    /// <summary>Whether the client was sent the run's end.</summary>
    public async Task<bool> StreamAsync(HttpContext context, string runId, string sessionKey, RunUpdateId? after)
    {
        var aborted = context.RequestAborted;
        try
        {
            await using var sse = await SseConnection.OpenAsync(context, clock);
            if (after is null)
            {
                await sse.SendAsync(StatusId, "status", StatusData(runId, sessionKey), aborted);
            }

            using var ending = CancellationTokenSource.CreateLinkedTokenSource(aborted, lanes.Drained);
            var position = after is { } named && named.Attempt > StatusId.Attempt ? after : null;
            var watch = new Watch(position, aborted);
            try
            {
                await FollowAsync(sse, runId, watch, ending.Token);
            }
            catch (OperationCanceledException) when (!aborted.IsCancellationRequested)
            {
                // The stop may have brought the run to its end in the same moment: then its last words are still owed. Else it goes on elsewhere or later.
                if (!await HasEndedAsync(runId, aborted))
                {
                    await sse.SayByeAsync(aborted);
                    return false;
                }

                await FollowAsync(sse, runId, watch, aborted);
            }

            return !sse.IsBroken; // one that goes when it has heard the end has heard it
        }
        catch (OperationCanceledException) when (aborted.IsCancellationRequested || lanes.Drained.IsCancellationRequested)
        {
            return false; // the client left, or this process stops; the client may come back with its last id
        }
    }

    private async Task FollowAsync(SseConnection sse, string runId, Watch watch, CancellationToken ending)
    {
        while (true)
        {
            if (await FollowLogAsync(sse, runId, watch, ending))
            {
                return;
            }

            // No log (any more), and no terminal update seen: the row knows whether the run is over, else it is about to begin here or elsewhere.
            var row = await database.ReadAsync(reader => RunStore.Find(reader, runId), ending);
            if (row is null || row.Ended)
            {
                await SendEndedAsync(sse, row, watch.Position, watch.ClientLeft);
                return;
            }

            await Task.Delay(LookEvery, clock, ending);
        }
    }

    // True after the terminal update. Frames are sent under the client's own token, so that none is half sent when something else ends the wait.
    private async Task<bool> FollowLogAsync(SseConnection sse, string runId, Watch watch, CancellationToken ending)
    {
        if (!await runLog.ExistsAsync(runId, ending))
        {
            return false;
        }

        var endSeen = false;
        await foreach (var batch in runLog.ReadAsync(runId, watch.Position, ending))
        {
            var updates = batch.Updates;
            if (updates.Count == 0)
            {
                // Silent. A process that dies between its commit and its last words leaves a log without an end: after a second silent look the row tells it.
                if (endSeen)
                {
                    return false;
                }

                endSeen = await HasEndedAsync(runId, ending);
                continue;
            }

            if (!batch.Complete)
            {
                // What the client missed has left the log, or its place is of another one. The kept updates say the whole where they begin anew themselves.
                if (StartOver(updates) is not { } whole)
                {
                    await SendWholeTextAsync(sse, runId, updates, watch, ending);
                    return false;
                }

                updates = whole;
                if (updates[0].Type != "reset")
                {
                    await sse.SendAsync(StatusId, "reset", RunWriter.Data("reset", "content", ""), watch.ClientLeft);
                }
            }

            await sse.SendAsync(updates, watch.ClientLeft);
            watch.Position = updates[^1].Id;
            if (updates[^1].IsTerminal)
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>From where the updates need nothing before them: the last <c>reset</c>, else the run's first update; null when they begin in the middle.</summary>
    private static IReadOnlyList<RunUpdate>? StartOver(IReadOnlyList<RunUpdate> updates)
    {
        for (var i = updates.Count - 1; i >= 0; i--)
        {
            if (updates[i].Type == "reset")
            {
                return [.. updates.Skip(i)];
            }
        }

        return updates[0].Id == First ? updates : null;
    }

    // The whole text at once; the client goes on from where it stands so. Exact: for a run of this process from memory, for another's from its journal, which
    // says up to which update its text goes.
    private async Task SendWholeTextAsync(SseConnection sse, string runId, IReadOnlyList<RunUpdate> kept, Watch watch, CancellationToken ending)
    {
        if (await WholeTextAsync(runId, kept, ending) is not var (text, at))
        {
            return; // the journal, written every 250 ms, does not reach to what is kept yet: look again
        }

        await sse.SendAsync(at, "reset", RunWriter.Data("reset", "content", text), watch.ClientLeft);
        watch.Position = at;
    }

    private async Task<bool> HasEndedAsync(string runId, CancellationToken cancellationToken) =>
        await database.ReadAsync(reader => RunStore.Find(reader, runId), cancellationToken) is { Ended: true };

    private async Task<(string Text, RunUpdateId At)?> WholeTextAsync(string runId, IReadOnlyList<RunUpdate> kept, CancellationToken ending)
    {
        if (lanes.Find(runId) is { } run)
        {
            var (text, seq) = run.Snapshot();
            return (text, new RunUpdateId(run.Attempt, seq));
        }

        var (row, journalled) = await database.ReadAsync(reader => (RunStore.Find(reader, runId), RunStore.JournalledUpTo(reader, runId)), ending);
        if (row is { Ended: true })
        {
            return (row.Reply ?? "", new RunUpdateId(row.Attempt, row.LastUpdate - 1)); // only its end is still owed
        }

        return journalled is { } known && !Precedes(known.At, kept[0].Id) ? known : null;
    }

    private static bool Precedes(RunUpdateId position, RunUpdateId first) =>
        position.Attempt < first.Attempt || (position.Attempt == first.Attempt && position.Seq + 1 < first.Seq);

    private static async Task SendEndedAsync(SseConnection sse, RunRow? row, RunUpdateId? after, CancellationToken aborted)
    {
        if (row is null)
        {
            return; // deleted with its session while the client was connecting: the stream just ends
        }

        var last = new RunUpdateId(row.Attempt, row.LastUpdate);
        if (after > last)
        {
            // An id this run never gave: what the client holds is not of this run.
            await sse.SendAsync(StatusId, "reset", RunWriter.Data("reset", "content", ""), aborted);
            after = null;
        }

        // Two ids before the terminal one, so that no frame shares another's.
        var outcome = RunOutcome.Of(row);
        if (after == last)
        {
            await sse.SendAsync(last, "result", RunWriter.ResultData(outcome), aborted);
            return;
        }

        var type = after is null ? "token" : "reset";
        await sse.SendAsync(last with { Seq = Math.Max(0, last.Seq - 2) }, type, RunWriter.Data(type, "content", outcome.Reply), aborted);
        if (outcome.State is RunStates.Error or RunStates.Interrupted)
        {
            await sse.SendAsync(last with { Seq = Math.Max(0, last.Seq - 1) }, "error", RunWriter.Data("error", "content", outcome.Summary), aborted);
        }

        await sse.SendAsync(last, "result", RunWriter.ResultData(outcome), aborted);
    }

    private static byte[] StatusData(string runId, string sessionKey) => System.Text.Encoding.UTF8.GetBytes($$"""{"type":"status","status":"accepted","runId":"{{runId}}","sessionKey":"{{sessionKey}}"}""");

    /// <summary>How far a client is.</summary>
    private sealed class Watch(RunUpdateId? position, CancellationToken clientLeft)
    {
        public CancellationToken ClientLeft => clientLeft;

        public RunUpdateId? Position { get; set; } = position;
    }
}
