using System.Text.Json;
using Xopc.Agents.Runs;
using Xopc.Contracts;
using Xopc.Contracts.Messages;
using Xopc.Storage;

namespace Xopc.Agents.Turns;

/// <summary>What goes to the person on a channel when a turn ends: the answer, and where there is none or only a part of one, a sentence that says why.</summary>
internal static class TurnDeliveries
{
    /// <summary>The delivery that a turn's answer is.</summary>
    public static string IdOf(string turnId) => $"reply:{turnId}";

    /// <summary>A step of the transaction that ends the turn. One delivery per turn, whatever it came to: its id is the turn's.</summary>
    public static void Add(DatabaseTransaction transaction, ClaimedTurn claimed, TurnRequested request, RunOutcome outcome, TurnFailure failure, long nowMs)
    {
        // An occurrence that fails is the scheduler's to tell of, after its last attempt; and an answer that says nothing is nothing.
        var words = request.OccurrenceId is null ? Text(outcome, failure) : outcome.State == RunStates.Ok ? SilentAnswer.Said(outcome.Reply) : "";
        if (request.ReplyTo is not { } target || words.Length == 0)
        {
            return;
        }

        Send(
            transaction, IdOf(claimed.Row.Id),
            new DeliveryRequested(
                target, words, SessionKey: claimed.Run.SessionKey, TurnId: claimed.Row.Id, ReplyToMessageId: request.ReplyToMessageId, OccurrenceId: request.OccurrenceId),
            claimed.Run.PrincipalId, claimed.Row.TraceParent, nowMs);
    }

    /// <summary>
    /// The answer to a client that asked over HTTP and left: a delivery to the session's webchat, so that the console and whoever reads events hear of it. A step
    /// of the transaction that ends the run.
    /// </summary>
    /// <param name="inSession">Whether the session holds the words.</param>
    public static void Tell(DatabaseTransaction transaction, RunRow run, RunOutcome outcome, string? traceParent, bool inSession, long nowMs)
    {
        var text = outcome.State is RunStates.Ok or RunStates.Aborted ? outcome.Reply : $"{outcome.Reply}\n\n{outcome.Summary}".TrimStart();
        if (text.Length > 0)
        {
            Send(
                transaction, $"reply:{run.TurnId}",
                new DeliveryRequested(DeliveryRequested.Webchat(run.SessionKey), text, SessionKey: run.SessionKey, TurnId: run.TurnId, InSession: inSession),
                run.PrincipalId, traceParent, nowMs);
        }
    }

    /// <summary>The same for a run that ended in the moment in which its client left, and did not know it. One that goes to a channel has its delivery under the same id.</summary>
    public static void TellAfterwards(DatabaseTransaction transaction, RunRow ended, long nowMs) =>
        Tell(transaction, ended, RunOutcome.Of(ended), Inbox.Find(transaction, ended.TurnId)?.TraceParent, inSession: true, nowMs);

    /// <summary>An answer that no run wrote: a command's, a refusal. A step of the transaction that decides it.</summary>
    public static void Answer(DatabaseTransaction transaction, StreamMessage message, TurnRequested request, string id, string text, long nowMs)
    {
        if (request.ReplyTo is { } target)
        {
            Send(
                transaction, id, new DeliveryRequested(target, text, SessionKey: request.SessionKey, TurnId: message.Id, ReplyToMessageId: request.ReplyToMessageId),
                message.PrincipalId, message.TraceParent, nowMs);
        }
    }

    private static void Send(DatabaseTransaction transaction, string id, DeliveryRequested delivery, string principalId, string? traceParent, long nowMs) =>
        Outbox.Add(
            transaction,
            new StreamMessage(
                id, WorkStreams.Deliveries, delivery.Target.Key, JsonSerializer.SerializeToUtf8Bytes(delivery, ContractsJson.Default.DeliveryRequested), AgentsSchema.Database,
                principalId, traceParent),
            nowMs);

    private static string Text(RunOutcome outcome, TurnFailure failure)
    {
        if (outcome.State is not (RunStates.Error or RunStates.Interrupted))
        {
            return outcome.Reply; // whoever said stop needs no word about it
        }

        return outcome.Reply.Length == 0 ? failure.Sentence(partial: false) : $"{outcome.Reply}\n\n{failure.Sentence(partial: true)}";
    }
}
