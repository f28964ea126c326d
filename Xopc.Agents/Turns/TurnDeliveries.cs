using System.Text.Json;
using Xopc.Agents.Runs;
using Xopc.Contracts;
using Xopc.Contracts.Messages;
using Xopc.Storage;

namespace Xopc.Agents.Turns;

/// <summary>What goes to the person on a channel when a turn ends: the answer, and where there is none or only a part of one, a sentence that says why.</summary>
internal static class TurnDeliveries
{
    /// <summary>A step of the transaction that ends the turn. One delivery per turn, whatever it came to: its id is the turn's.</summary>
    public static void Add(DatabaseTransaction transaction, ClaimedTurn claimed, DeliveryTarget? target, RunOutcome outcome, TurnFailure failure, long nowMs)
    {
        if (target is null || Text(outcome, failure) is not { Length: > 0 } text)
        {
            return;
        }

        var body = JsonSerializer.SerializeToUtf8Bytes(
            new DeliveryRequested(target, text, SessionKey: claimed.Run.SessionKey, TurnId: claimed.Row.Id), ContractsJson.Default.DeliveryRequested);
        Outbox.Add(
            transaction,
            new StreamMessage(
                $"reply:{claimed.Row.Id}", WorkStreams.Deliveries, target.Key, body, AgentsSchema.Database,
                claimed.Run.PrincipalId, claimed.Row.TraceParent),
            nowMs);
    }

    private static string Text(RunOutcome outcome, TurnFailure failure)
    {
        if (outcome.State is not (RunStates.Error or RunStates.Interrupted))
        {
            return outcome.Reply; // whoever said stop needs no word about it
        }

        return outcome.Reply.Length == 0 ? failure.Sentence(partial: false) : $"{outcome.Reply}\n\n{failure.Sentence(partial: true)}";
    }
}
