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
    private static readonly TimeSpan LookEvery = TimeSpan.FromMilliseconds(50);

    public async Task StreamAsync(HttpContext context, string runId, string sessionKey, RunUpdateId? after)
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
            if (position is { } claimed && await IsBeyondAsync(runId, claimed, ending.Token))
            {
                // An id this run never gave: what the client holds is not of this run.
                await sse.SendAsync(StatusId, "reset", RunWriter.Data("reset", "content", ""), ending.Token);
                position = null;
            }

            var watch = new Watch(position, aborted);
            try
            {
                await FollowAsync(sse, runId, watch, ending.Token);
            }
            catch (OperationCanceledException) when (!aborted.IsCancellationRequested)
            {
                // The stop may have brought the run to its end in the same moment: then its last words are still owed.
                if (await HasEndedAsync(runId, aborted))
                {
                    await FollowAsync(sse, runId, watch, aborted);
                }
            }
        }
        catch (OperationCanceledException) when (aborted.IsCancellationRequested || lanes.Drained.IsCancellationRequested)
        {
            // The client left, or this process stops; the client may come back with its last id.
        }
    }

    private async Task<bool> IsBeyondAsync(string runId, RunUpdateId position, CancellationToken ending)
    {
        if (!await runLog.ExistsAsync(runId, ending))
        {
            return await database.ReadAsync(reader => RunStore.Find(reader, runId), ending) is { Ended: true } row && position > new RunUpdateId(row.Attempt, row.LastUpdate);
        }

        await foreach (var batch in runLog.ReadAsync(runId, null, ending))
        {
            return batch.Updates.Count > 0 && position > batch.Updates[^1].Id; // the first batch is all there is so far
        }

        return false;
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

        await foreach (var batch in runLog.ReadAsync(runId, watch.Position, ending))
        {
            if (!batch.Complete)
            {
                // What the client missed has left the log: it gets the whole text at once and goes on from there.
                var (text, at) = await WholeTextAsync(runId, batch.Updates, ending);
                await sse.SendAsync(at, "reset", RunWriter.Data("reset", "content", text), watch.ClientLeft);
                watch.Position = at;
                return false;
            }

            if (batch.Updates.Count > 0)
            {
                await sse.SendAsync(batch.Updates, watch.ClientLeft);
                watch.Position = batch.Updates[^1].Id;
                if (batch.Updates[^1].IsTerminal)
                {
                    return true;
                }
            }
        }

        return false;
    }

    private async Task<bool> HasEndedAsync(string runId, CancellationToken cancellationToken) =>
        await database.ReadAsync(reader => RunStore.Find(reader, runId), cancellationToken) is { Ended: true };

    // Exact for a run of this process; otherwise what the journal has, up to 250 ms short of what the kept updates already show.
    private async Task<(string Text, RunUpdateId At)> WholeTextAsync(string runId, IReadOnlyList<RunUpdate> kept, CancellationToken ending)
    {
        if (lanes.Find(runId) is { } run)
        {
            var (text, seq) = run.Snapshot();
            return (text, new RunUpdateId(run.Attempt, seq));
        }

        var journalled = await database.ReadAsync(
            reader => RunStore.Find(reader, runId) is { Reply: { } reply } ? reply : RunStore.Journalled(reader, runId), ending);
        return (journalled, kept[^1].IsTerminal ? kept[^1].Id with { Seq = kept[^1].Id.Seq - 1 } : kept[^1].Id);
    }

    private static async Task SendEndedAsync(SseConnection sse, RunRow? row, RunUpdateId? after, CancellationToken aborted)
    {
        if (row is null)
        {
            return; // deleted with its session while the client was connecting: the stream just ends
        }

        var last = new RunUpdateId(row.Attempt, row.LastUpdate);
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
