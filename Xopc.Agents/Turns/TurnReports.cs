using System.Text.Json;
using Xopc.Agents.Runs;
using Xopc.Agents.Transcripts;
using Xopc.Contracts;
using Xopc.Contracts.Messages;
using Xopc.Storage;

namespace Xopc.Agents.Turns;

/// <summary>Tells the scheduler how the turn of an occurrence ended, in the transaction that ends it, whatever it came to.</summary>
internal static class TurnReports
{
    public static void Add(
        DatabaseTransaction transaction, ClaimedTurn claimed, TurnRequested request, RunOutcome outcome, TurnFailure failure, IReadOnlyList<TranscriptMessage> messages, long startedMs,
        long nowMs)
    {
        if (request.OccurrenceId is not { } occurrence)
        {
            return;
        }

        var (turnId, said) = (claimed.Row.Id, outcome.State == RunStates.Ok ? SilentAnswer.Said(outcome.Reply) : outcome.Reply);
        var delivery = request.ReplyTo is null || outcome.State != RunStates.Ok ? null : said.Length == 0 ? "suppressed" : "queued";
        var tokens = messages.Sum(static message => message.Usage?.TotalTokens ?? 0);
        Send(
            transaction, $"occurrence:{turnId}",
            new OccurrenceReported(
                occurrence, OutcomeOf(outcome, failure), ReasonOf(outcome, failure), Summary(said.Length == 0 ? outcome.Reply : said), turnId, startedMs,
                messages.LastOrDefault(static message => message.Model is not null)?.Model, tokens == 0 ? null : tokens, Blocks: failure == TurnFailure.NotConfigured,
                DeliveryId: delivery == "queued" ? TurnDeliveries.IdOf(turnId) : null, DeliveryState: delivery),
            claimed.Run.PrincipalId, claimed.Row.TraceParent, nowMs);
    }

    /// <summary>A turn that was cancelled before it came, or after it ended: the answer to the one who asked.</summary>
    public static void Cancelled(DatabaseTransaction transaction, string turnId, string occurrence, string principalId, long nowMs) =>
        Send(transaction, $"cancelled:{turnId}", new OccurrenceReported(occurrence, "cancelled", TurnId: turnId), principalId, traceParent: null, nowMs);

    private static void Send(DatabaseTransaction transaction, string id, OccurrenceReported report, string principalId, string? traceParent, long nowMs) =>
        Outbox.Add(
            transaction,
            new StreamMessage(
                id, WorkStreams.Occurrences, OccurrenceReported.KeyOf(report.OccurrenceId), JsonSerializer.SerializeToUtf8Bytes(report, ContractsJson.Default.OccurrenceReported),
                AgentsSchema.Database, principalId, traceParent),
            nowMs);

    // Whoever died in the middle, or again and again, may have done anything: nobody can say.
    private static string OutcomeOf(RunOutcome outcome, TurnFailure failure) => outcome.State switch
    {
        RunStates.Ok => "ran",
        RunStates.Aborted => "cancelled",
        RunStates.Interrupted => "unknown",
        _ => failure == TurnFailure.GivenUp ? "unknown" : "failed",
    };

    // Ours, not the provider's: it may go to people on a channel.
    private static string? ReasonOf(RunOutcome outcome, TurnFailure failure) =>
        outcome.State is RunStates.Ok or RunStates.Aborted ? null : failure == TurnFailure.NotConfigured ? outcome.Error : failure.Cause();

    private static string? Summary(string text)
    {
        text = text.Trim();
        if (text.Length <= OccurrenceReported.SummaryLength)
        {
            return text.Length == 0 ? null : text;
        }

        var end = OccurrenceReported.SummaryLength - (char.IsHighSurrogate(text[OccurrenceReported.SummaryLength - 1]) ? 1 : 0);
        return text[..end];
    }
}
