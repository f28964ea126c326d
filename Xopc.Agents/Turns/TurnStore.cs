using System.Text.Json;
using Xopc.Agents.Requests;
using Xopc.Agents.Runs;
using Xopc.Agents.Sessions;
using Xopc.Agents.Transcripts;
using Xopc.Contracts;
using Xopc.Contracts.Messages;
using Xopc.Storage;

namespace Xopc.Agents.Turns;

/// <summary>
/// The two transactions of a turn. Accepting writes the user's message and claims the session if it is free; completing writes the answer and claims
/// the next turn of the session. The database decides who runs what: an accept that commits before a completion is seen by it, one that commits after
/// finds the lease free.
/// </summary>
internal static class TurnStore
{
    public static (SubmitResult Result, ClaimedTurn? Claimed) Accept(
        DatabaseTransaction transaction, TurnSubmission submission, string runId, int capacity, string owner, bool claim, long nowMs)
    {
        var key = submission.Session.Value;
        if (submission.Record is { } record && IdempotencyStore.Find(transaction, record.Id, nowMs) is { } kept)
        {
            return (Known(transaction, submission, kept), null);
        }

        var message = new StreamMessage(
            submission.TurnId, WorkStreams.Turns, key, JsonSerializer.SerializeToUtf8Bytes(submission.Request, ContractsJson.Default.TurnRequested),
            AgentsSchema.Database, submission.Principal.Id, submission.TraceParent);
        // The lease first: a free session's turn begins as started, and nothing of it has to be read back.
        var lease = claim ? KeyLeases.TryTakeFree(transaction, key, owner, nowMs, LeaseOwner.Duration) : null;
        var (outcome, started) = lease is null
            ? (Inbox.Accept(transaction, message, capacity, nowMs), null)
            : Inbox.AcceptAndStart(transaction, message, capacity, nowMs);
        if (outcome != AcceptOutcome.Accepted)
        {
            if (outcome == AcceptOutcome.Duplicate)
            {
                throw new InvalidOperationException($"The turn {submission.TurnId} was given out twice.");
            }

            if (lease is not null)
            {
                KeyLeases.Release(transaction, lease);
            }

            return (new SubmitResult(SubmitOutcome.Busy, "", key, false), null);
        }

        if (submission.Record is { } fresh)
        {
            IdempotencyStore.Keep(transaction, fresh.Id, submission.Principal.Id, new KeptRequest(fresh.BodyHash, runId), nowMs);
        }

        var (run, created) = MakeVisible(transaction, submission.Session, submission.Principal.Id, submission.TurnId, runId, submission.Message, owner, nowMs);
        var result = new SubmitResult(SubmitOutcome.Accepted, runId, key, created);
        return (result, lease is null ? null : started is null ? ClaimNext(transaction, lease) : new ClaimedTurn(started, run, lease));
    }

    /// <summary>The visible part of an accepted turn: session, user message, open run; and whether the session is new.</summary>
    /// <param name="watcher">The process whose client waits for the answer; null: no client does.</param>
    public static (RunRow Run, bool SessionCreated) MakeVisible(
        DatabaseTransaction transaction, SessionKey session, string principalId, string turnId, string runId, TranscriptMessage message, string? watcher, long nowMs)
    {
        var (turnNo, created) = SessionStore.BeginTurn(transaction, session, principalId, message.EstimatedTokens, nowMs);
        TranscriptStore.Append(transaction, session.Value, principalId, turnNo, 0, message);
        return (RunStore.Insert(transaction, runId, turnId, session.Value, turnNo, principalId, watcher, nowMs), created);
    }

    /// <summary>The oldest unfinished turn of a leased session; null (and the lease given up) when there is none.</summary>
    public static ClaimedTurn? ClaimNext(DatabaseTransaction transaction, KeyLease lease)
    {
        var row = Inbox.ClaimNextOrRelease(transaction, lease);
        if (row is null)
        {
            return null;
        }

        var run = RunStore.FindOpen(transaction, row.Key, row.Id) ?? throw new InvalidOperationException($"Turn {row.Id} has no run.");
        return new ClaimedTurn(row, run, lease);
    }

    private static SubmitResult Known(DatabaseTransaction transaction, TurnSubmission submission, KeptRequest kept)
    {
        if (kept.BodyHash != submission.Record!.BodyHash)
        {
            return new SubmitResult(SubmitOutcome.Conflict, "", submission.Session.Value, false);
        }

        return RunStore.Find(transaction, kept.Result) is { } run
            ? new SubmitResult(SubmitOutcome.Known, run.RunId, run.SessionKey, false)
            : new SubmitResult(SubmitOutcome.Forgotten, "", submission.Session.Value, false);
    }

    /// <summary>
    /// Writes everything a finished run leaves, marks its turn done and claims the session's next. Null: words were steered in that a prolongable run still
    /// has to answer. A run that cannot go on keeps them in the transcript, below what it wrote.
    /// </summary>
    public static TurnCompletion? Complete(DatabaseTransaction transaction, ClaimedTurn claimed, TurnResult result, RunTrace trace, long nowMs)
    {
        var run = claimed.Run;
        var steers = RunStore.SteersAfter(transaction, run.RunId, trace.SteersTaken);
        if (result.Prolongable && steers.Count > 0)
        {
            return null;
        }

        Inbox.Complete(transaction, claimed.Lease, claimed.Row.Id, nowMs);
        var late = steers.ConvertAll(steer => new TranscriptMessage
        {
            Role = "user", Content = steer.Text, Timestamp = DateTimeOffset.FromUnixTimeMilliseconds(nowMs), TurnId = claimed.Row.Id,
        });
        var messages = late.Count == 0 ? result.Messages : [.. result.Messages, .. late];
        var session = SessionStore.EndTurn(
            transaction, run.SessionKey, run.RunId, run.TurnNo, messages.Count, messages.Sum(static message => message.EstimatedTokens), result.FirstName, nowMs);
        for (var i = 0; session is not null && i < messages.Count; i++)
        {
            TranscriptStore.Append(transaction, run.SessionKey, run.PrincipalId, run.TurnNo, i + 1, messages[i]);
        }

        var watcher = RunStore.End(
            transaction, run.RunId, result.Outcome.State, claimed.Row.Attempt, trace.LastUpdate, result.Outcome.Reply, result.Outcome.Error, nowMs);
        if (trace.Journalled || claimed.Row.Attempt > 1)
        {
            RunStore.DropJournal(transaction, run.RunId);
        }

        TurnDeliveries.Add(transaction, claimed, result.Request, result.Outcome, result.Failure, nowMs);
        TurnReports.Add(transaction, claimed, result.Request, result.Outcome, result.Failure, result.Messages, trace.StartedMs, nowMs);
        if (session is not null && result.Request.ReplyTo is null && RunAudience.HasLeft(watcher, claimed.Lease.Owner))
        {
            TurnDeliveries.Tell(transaction, run, result.Outcome, claimed.Row.TraceParent, inSession: true, nowMs);
        }

        FaultPoint.Reach("run.writing");
        return new TurnCompletion(ClaimNext(transaction, claimed.Lease), session, messages);
    }

    /// <summary>The last way out for a turn that cannot even be closed: it goes to the dead letters with its reason, its run is over, and the session moves on.</summary>
    public static TurnCompletion GiveUp(
        DatabaseTransaction transaction, ClaimedTurn claimed, TurnRequested request, RunOutcome outcome, int lastUpdate, long nowMs)
    {
        Inbox.Bury(transaction, claimed.Lease, claimed.Row.Id, outcome.Error ?? outcome.State, nowMs);
        var watcher = RunStore.End(transaction, claimed.Run.RunId, outcome.State, claimed.Row.Attempt, lastUpdate, outcome.Reply, outcome.Error, nowMs);
        RunStore.DropJournal(transaction, claimed.Run.RunId);
        TurnDeliveries.Add(transaction, claimed, request, outcome, TurnFailure.GivenUp, nowMs);
        TurnReports.Add(transaction, claimed, request, outcome, TurnFailure.GivenUp, [], nowMs, nowMs);
        if (request.ReplyTo is null && RunAudience.HasLeft(watcher, claimed.Lease.Owner))
        {
            TurnDeliveries.Tell(transaction, claimed.Run, outcome, claimed.Row.TraceParent, inSession: false, nowMs);
        }

        return new TurnCompletion(ClaimNext(transaction, claimed.Lease), Session: null, []);
    }

    /// <summary>Hands the turn back without a charge and lets the session go: this process stops.</summary>
    public static void Return(DatabaseTransaction transaction, ClaimedTurn claimed)
    {
        Inbox.Return(transaction, claimed.Lease, claimed.Row.Id);
        KeyLeases.Release(transaction, claimed.Lease);
    }
}

/// <summary>What a run leaves beside its messages.</summary>
/// <param name="SteersTaken">Number of the last steered words that its messages contain.</param>
/// <param name="StartedMs">When the attempt began.</param>
internal readonly record struct RunTrace(int LastUpdate, bool Journalled, long SteersTaken, long StartedMs = 0);

/// <summary>A committed completion.</summary>
/// <param name="Next">The session's next turn, already claimed; null when none waits.</param>
/// <param name="Session">The session below the turn; null when it was deleted while the turn ran, or the turn wrote nothing to it.</param>
/// <param name="Written">The messages below the user's, as they stand in the transcript.</param>
internal sealed record TurnCompletion(ClaimedTurn? Next, SessionAfterTurn? Session, IReadOnlyList<TranscriptMessage> Written);
