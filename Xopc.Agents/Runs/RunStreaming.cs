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

            await FollowAsync(sse, runId, position, ending.Token);
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

    private async Task FollowAsync(SseConnection sse, string runId, RunUpdateId? position, CancellationToken ending)
    {
        while (true)
        {
            var at = await FollowLogAsync(sse, runId, position, ending);
            if (at.Terminal)
            {
                return;
            }

            // No log (any more), and no terminal update seen: the row knows whether the run is over, else it is about to begin here or elsewhere.
            position = at.Position;
            var row = await database.ReadAsync(reader => RunStore.Find(reader, runId), ending);
            if (row is null || row.Ended)
            {
                await SendEndedAsync(sse, row, position, ending);
                return;
            }

            await Task.Delay(LookEvery, clock, ending);
        }
    }

    private async Task<(bool Terminal, RunUpdateId? Position)> FollowLogAsync(SseConnection sse, string runId, RunUpdateId? position, CancellationToken ending)
    {
        if (!await runLog.ExistsAsync(runId, ending))
        {
            return (false, position);
        }

        await foreach (var batch in runLog.ReadAsync(runId, position, ending))
        {
            if (!batch.Complete)
            {
                // What the client missed has left the log: it gets the whole text at once and goes on from there.
                var (text, at) = await WholeTextAsync(runId, batch.Updates, ending);
                position = at;
                await sse.SendAsync(at, "reset", RunWriter.Data("reset", "content", text), ending);
                return (false, position);
            }

            await sse.SendAsync(batch.Updates, ending);
            position = batch.Updates.Count > 0 ? batch.Updates[^1].Id : position;
            if (batch.Updates.Count > 0 && batch.Updates[^1].IsTerminal)
            {
                return (true, position);
            }
        }

        return (false, position);
    }

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
}
