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

    public async Task StreamAsync(HttpContext context, string runId, RunUpdateId? after)
    {
        var aborted = context.RequestAborted;
        try
        {
            await using var sse = await SseConnection.OpenAsync(context, clock);
            if (after is null)
            {
                await sse.SendAsync(StatusId, "status", StatusData(runId), aborted);
            }

            if (!await runLog.ExistsAsync(runId, aborted))
            {
                var row = await database.ReadAsync(reader => RunStore.Find(reader, runId), aborted);
                if (row is null || row.Ended)
                {
                    await SendEndedAsync(sse, row, after, aborted);
                    return;
                }

                runLog.Open(runId); // accepted and not yet begun, in this process or another: the first update wakes us
            }

            await FollowAsync(sse, runId, after, aborted);
        }
        catch (OperationCanceledException) when (aborted.IsCancellationRequested)
        {
            // The client left; it may come back with its last id.
        }
    }

    private async Task FollowAsync(SseConnection sse, string runId, RunUpdateId? after, CancellationToken aborted)
    {
        var position = after is { } known && known > StatusId ? after : null;
        for (var restart = true; restart;)
        {
            restart = false;
            await foreach (var batch in runLog.ReadAsync(runId, position, aborted))
            {
                if (!batch.Complete && lanes.Find(runId) is { } run)
                {
                    // What the client missed has left the log: it gets the whole text at once and goes on from there.
                    var (text, seq) = run.Snapshot();
                    position = new RunUpdateId(run.Attempt, seq);
                    await sse.SendAsync(position.Value, "reset", RunWriter.Data("reset", "content", text), aborted);
                    restart = true;
                    break;
                }

                await sse.SendAsync(batch.Updates, aborted);
            }
        }
    }

    private static async Task SendEndedAsync(SseConnection sse, RunRow? row, RunUpdateId? after, CancellationToken aborted)
    {
        if (row is null)
        {
            return; // deleted with its session while the client was connecting: the stream just ends
        }

        var last = new RunUpdateId(row.Attempt, row.LastUpdate);
        if (after >= last)
        {
            return;
        }

        var outcome = RunOutcome.Of(row);
        var text = new RunUpdateId(row.Attempt, Math.Max(0, row.LastUpdate - 1));
        await sse.SendAsync(
            text, after is null ? "token" : "reset", RunWriter.Data(after is null ? "token" : "reset", "content", outcome.Reply), aborted);
        if (outcome.State is RunStates.Error or RunStates.Interrupted)
        {
            await sse.SendAsync(text, "error", RunWriter.Data("error", "content", outcome.Summary), aborted);
        }

        await sse.SendAsync(last, "result", RunWriter.ResultData(outcome), aborted);
    }

    private static byte[] StatusData(string runId) => System.Text.Encoding.UTF8.GetBytes($$"""{"type":"status","status":"accepted","runId":"{{runId}}"}""");
}
