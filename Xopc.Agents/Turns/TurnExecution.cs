using System.Text.Json;
using Xopc.Agents.Models;
using Xopc.Agents.Runs;
using Xopc.Agents.Sessions;
using Xopc.Agents.Transcripts;
using Xopc.Contracts;
using Xopc.Contracts.Messages;
using Xopc.Storage;

namespace Xopc.Agents.Turns;

/// <summary>Takes one claimed turn to its end: decides whether it may run (again), runs it, writes what it left, and only then tells the watchers.</summary>
internal sealed partial class TurnExecution(
    [FromKeyedServices(AgentsSchema.Database)] Database database, TurnContexts contexts, TurnRunner runner, RunWriters writers, SessionEvents sessionEvents,
    TimeProvider clock, ILogger<TurnExecution> log)
{
    private const int MaxAttempts = 3;

    public async Task<LaneStep> RunAsync(ClaimedTurn claimed, ActiveRun run)
    {
        using var scope = log.BeginScope(new RunScope(claimed));
        using var span = TurnSpan.Start(claimed);
        var attempt = new Attempt(
            claimed, run, span, JsonSerializer.Deserialize(claimed.Row.Body, ContractsJson.Default.TurnRequested)!, clock.GetTimestamp());
        try
        {
            return claimed.Row.Attempt > MaxAttempts + 1 ? await GiveUpAsync(attempt) : await RunToItsEndAsync(attempt);
        }
        finally
        {
            // Nothing where the run has ended. Else it goes on in another process or a later attempt, and who watches it here would wait for ever.
            attempt.Writer?.Abandon();
        }
    }

    private async Task<LaneStep> RunToItsEndAsync(Attempt attempt)
    {
        var claimed = attempt.Claimed;
        var result = await ClosedBeforeItBeginsAsync(claimed, attempt.Request) ?? await RunOnceAsync(attempt);
        if (result is null)
        {
            await CommitAsync(tx => { TurnStore.Return(tx, claimed); return true; }, claimed);
            attempt.Span.Returned();
            return new LaneStep(null, null);
        }

        return await EndAsync(attempt, result);
    }

    /// <summary>Runs to the model's last word, or to whatever ends it earlier. Null: hand the turn back, nothing of it was shown.</summary>
    private async Task<TurnResult?> RunOnceAsync(Attempt attempt)
    {
        var run = attempt.Run;
        try
        {
            attempt.Context ??= await contexts.BuildAsync(attempt.Claimed, attempt.Request, run.Token);
            attempt.Writer ??= writers.Begin(run, attempt.Request, attempt.Context.ShowThinking, await BeforeAsync(attempt.Request, run.Token));
            FaultPoint.Reach("run.started");
            return await runner.RunAsync(attempt.Claimed, run, attempt.Writer, attempt.Context, attempt.Produced);
        }
        catch (OperationCanceledException) when (run.Stop == RunStop.Process && !run.Shown && !run.ToolStarted)
        {
            return null;
        }
        catch (OperationCanceledException) when (run.Stop == RunStop.LeaseLost)
        {
            throw new FencedException(attempt.Claimed.Lease.Key);
        }
        catch (OperationCanceledException) when (run.Stop is RunStop.Process or RunStop.User)
        {
            return Cut(attempt);
        }
        catch (Exception ex) when (ex is not FencedException)
        {
            return Failed(attempt, ex);
        }
    }

    // The answer to the turn before may still lie in the outbox. Of a longer queue than this nobody sees previews.
    private async Task<string?> BeforeAsync(TurnRequested request, CancellationToken cancellationToken) => request is { ReplyTo: { } target, ReplyToMessageId: not null }
        ? await database.ReadAsync(reader => Outbox.Newest(reader, WorkStreams.Deliveries, target.Key, among: 500), cancellationToken)
        : null;

    private async Task<LaneStep> EndAsync(Attempt attempt, TurnResult result)
    {
        var (claimed, run) = (attempt.Claimed, attempt.Run);
        var writer = attempt.Writer ??= writers.Open(run, showThinking: false, result.Outcome.Reply);
        TurnCompletion? completion;
        while (true)
        {
            if (result.Outcome.State is RunStates.Error or RunStates.Interrupted)
            {
                writer.Error(result.Outcome.Summary);
            }

            var (ending, lastUpdate) = (result, writer.Seq + 1);
            FaultPoint.Reach("run.completing");
            completion = await CommitAsync(
                tx =>
                {
                    var now = clock.GetUtcNow();
                    var startedMs = (now - clock.GetElapsedTime(attempt.Started)).ToUnixTimeMilliseconds();
                    return TurnStore.Complete(tx, claimed, ending, new RunTrace(lastUpdate, run.Journalled, run.SteersTaken, startedMs), now.ToUnixTimeMilliseconds());
                },
                claimed);
            FaultPoint.Reach("run.completed");
            if (completion is not null)
            {
                break;
            }

            // Words were steered in between the last model call and this commit: they are answered in the same run.
            result = await RunOnceAsync(attempt) ?? Cut(attempt);
        }

        if (attempt.Context is { } context)
        {
            contexts.Keep(claimed, context, completion);
        }

        writer.Result(result.Outcome);
        attempt.Span.Ended(result.Outcome.State, result.Model, result.Failure);
        AgentsTelemetry.RunEnded(result.Outcome.State, clock.GetElapsedTime(attempt.Started));
        if (result.Outcome.State == RunStates.Error)
        {
            LogRunFailed(claimed.Run.SessionKey, claimed.Row.Id, run.RunId);
        }

        sessionEvents.TurnEnded(claimed, result, completion);
        return new LaneStep(result.Outcome, completion.Next);
    }

    private async Task<LaneStep> GiveUpAsync(Attempt attempt)
    {
        var (claimed, run) = (attempt.Claimed, attempt.Run);
        LogGivenUp(claimed.Row.Id, claimed.Run.SessionKey, claimed.Row.Attempt);
        var outcome = new RunOutcome(RunStates.Error, "", $"The turn could not be ended in {MaxAttempts} attempts; it lies in the dead letters.");
        var writer = attempt.Writer = writers.Open(run, showThinking: false);
        writer.Error(outcome.Summary);
        var completion = await CommitAsync(
            tx => TurnStore.GiveUp(tx, claimed, attempt.Request, outcome, writer.Seq + 1, clock.GetUtcNow().ToUnixTimeMilliseconds()), claimed);
        writer.Result(outcome);
        attempt.Span.Ended(outcome.State, model: null, TurnFailure.GivenUp);
        AgentsTelemetry.RunEnded(outcome.State, clock.GetElapsedTime(attempt.Started));
        return new LaneStep(outcome, completion.Next);
    }

    // A turn that somebody aborted before it began, or whose process died: run again only if nobody saw anything of it and no tool may have acted.
    private async Task<TurnResult?> ClosedBeforeItBeginsAsync(ClaimedTurn claimed, TurnRequested request)
    {
        var again = claimed.Row.Attempt > 1;
        var partial = again ? await database.ReadAsync(reader => RunStore.Journalled(reader, claimed.Run.RunId), CancellationToken.None) : "";
        if (claimed.Run.AbortRequested)
        {
            return new TurnResult(request, new RunOutcome(RunStates.Aborted, partial, null), partial.Length == 0 ? [] : [Kept(partial, "aborted", null, claimed)]);
        }

        if (partial.Length > 0 || claimed.Run.ToolStarted)
        {
            var outcome = new RunOutcome(RunStates.Interrupted, partial, "The gateway stopped while this answer was being written. What was written is kept.");
            return new TurnResult(request, outcome, [Kept(partial, "interrupted", outcome.Error, claimed)], Failure: TurnFailure.Restarted);
        }

        if (claimed.Row.Attempt > MaxAttempts)
        {
            var outcome = new RunOutcome(RunStates.Error, "", $"The turn was started {MaxAttempts} times and the process ended each time; it is given up.");
            return new TurnResult(request, outcome, [Kept("", "error", outcome.Error, claimed)], Failure: TurnFailure.GivenUp);
        }

        if (request is { OccurrenceId: not null, Model: { } wanted } && !contexts.IsConfigured(wanted))
        {
            // A person sees which model answered instead; nobody looks at a scheduled turn, so it does not go to another one.
            var outcome = new RunOutcome(RunStates.Error, "", $"There is no model '{wanted}', or its provider is not configured.");
            return new TurnResult(request, outcome, [Kept("", "error", outcome.Error, claimed)], Failure: TurnFailure.NotConfigured);
        }

        if (again)
        {
            LogRunAgain(claimed.Run.SessionKey, claimed.Row.Id, claimed.Row.Attempt);
        }

        return null;
    }

    private TurnResult Cut(Attempt attempt)
    {
        var (run, request, produced) = (attempt.Run, attempt.Request, attempt.Produced);
        var byUser = run.Stop == RunStop.User;
        var text = run.Text;
        var outcome = byUser
            ? new RunOutcome(RunStates.Aborted, text, null)
            : new RunOutcome(RunStates.Interrupted, text, "The gateway was stopped while this answer was being written. What was written is kept.");
        return new TurnResult(request, outcome, WithPartial(produced, run, byUser ? "aborted" : "interrupted", outcome.Error),
            Failure: byUser ? TurnFailure.None : TurnFailure.Restarted);
    }

    private TurnResult Failed(Attempt attempt, Exception exception)
    {
        var (run, claimed) = (attempt.Run, attempt.Claimed);
        var (failure, message) = (TurnFailure.Internal, "The agent failed on an internal error.");
        if (exception is ModelFailureException known)
        {
            (failure, message) = (TurnFailures.Of(known.Kind), known.Message);
        }
        else
        {
            LogRunBroke(exception, claimed.Run.SessionKey, claimed.Row.Id, run.RunId);
        }

        return new TurnResult(
            attempt.Request, new RunOutcome(RunStates.Error, run.Text, message), WithPartial(attempt.Produced, run, "error", message), Failure: failure);
    }

    // What earlier model calls of the turn produced stays; the text of the call that was cut follows as a message of its own.
    private List<TranscriptMessage> WithPartial(List<TranscriptMessage> produced, ActiveRun run, string stopReason, string? error)
    {
        var written = produced.Where(message => message.Role == "assistant").Sum(message => message.Content.Length);
        var text = run.Text;
        var rest = text.Length > written ? text[written..] : "";
        return [.. AnsweredCalls(produced), Kept(rest, stopReason, error, run.Row.TurnId)];
    }

    // A tool call whose results are missing would make the next model call invalid.
    private IEnumerable<TranscriptMessage> AnsweredCalls(List<TranscriptMessage> produced)
    {
        foreach (var message in produced)
        {
            yield return message;
        }

        if (produced.FindLast(message => message.Role == "assistant") is { ToolCalls: { } calls })
        {
            foreach (var call in calls.Where(call => !produced.Exists(message => message.ToolCallId == call.Id)))
            {
                yield return new TranscriptMessage
                {
                    Role = "toolResult", Content = "Not finished.", IsError = true, ToolCallId = call.Id, ToolName = call.Name, Timestamp = clock.GetUtcNow(),
                };
            }
        }
    }

    private TranscriptMessage Kept(string text, string stopReason, string? error, ClaimedTurn claimed) => Kept(text, stopReason, error, claimed.Row.Id);

    private TranscriptMessage Kept(string text, string stopReason, string? error, string turnId) => new()
    {
        Role = "assistant", Content = text, Timestamp = clock.GetUtcNow(), StopReason = stopReason, ErrorMessage = error, TurnId = turnId,
    };

    // What a run produced is in memory only until this commit: a database that is away for a while (full disk) is waited for. Its lease stands as long as
    // nobody takes it, and in one process nobody does.
    private async Task<T> CommitAsync<T>(Func<DatabaseTransaction, T> work, ClaimedTurn claimed)
    {
        for (var failures = 0; ; failures++)
        {
            try
            {
                return await database.WriteAsync(work, CancellationToken.None);
            }
            catch (DatabaseUnavailableException ex) when (failures < 60)
            {
                LogCommitWaits(ex, claimed.Run.SessionKey, claimed.Row.Id);
                await Task.Delay(TimeSpan.FromSeconds(Math.Min(10, 0.5 * (failures + 1))), clock, CancellationToken.None);
            }
        }
    }

    /// <summary>One attempt's state while it runs.</summary>
    private sealed class Attempt(ClaimedTurn claimed, ActiveRun run, TurnSpan span, TurnRequested request, long started)
    {
        public ClaimedTurn Claimed => claimed;

        public ActiveRun Run => run;

        public TurnSpan Span => span;

        public TurnRequested Request => request;

        public long Started => started;

        public List<TranscriptMessage> Produced { get; } = [];

        public TurnContext? Context { get; set; }

        public RunWriter? Writer { get; set; }
    }

    // Not the reason: a provider's words may quote the prompt. The attempts at the model are logged where they are made.
    [LoggerMessage(LogLevel.Warning, "Turn {TurnId} of {SessionKey}, run {RunId}, failed")]
    private partial void LogRunFailed(string sessionKey, string turnId, string runId);

    [LoggerMessage(LogLevel.Error, "Turn {TurnId} of {SessionKey} could not be ended in {Attempts} attempts and goes to the dead letters")]
    private partial void LogGivenUp(string turnId, string sessionKey, int attempts);

    [LoggerMessage(LogLevel.Error, "Turn {TurnId} of {SessionKey}, run {RunId}, broke")]
    private partial void LogRunBroke(Exception exception, string sessionKey, string turnId, string runId);

    [LoggerMessage(LogLevel.Warning, "Turn {TurnId} of {SessionKey} died with its process before anything was shown; attempt {Attempt}")]
    private partial void LogRunAgain(string sessionKey, string turnId, int attempt);

    [LoggerMessage(LogLevel.Error, "The result of turn {TurnId} of {SessionKey} cannot be written yet; it is kept and tried again")]
    private partial void LogCommitWaits(Exception exception, string sessionKey, string turnId);
}
