using System.Text.Json;
using Xopc.Agents.Commands;
using Xopc.Agents.Files;
using Xopc.Agents.Runs;
using Xopc.Agents.Sessions;
using Xopc.Agents.Transcripts;
using Xopc.Contracts;
using Xopc.Contracts.Messages;
using Xopc.Messaging;
using Xopc.Storage;

namespace Xopc.Agents.Turns;

/// <summary>
/// Takes what channels and the scheduler ask for: turns, in the transaction that accepts the stream's message, the same rows as over HTTP; and chat commands,
/// which are carried out there and then.
/// </summary>
internal sealed class TurnStreamIntake(
    SessionLanes lanes, SessionCommands commands, Configuration.ConfigStore configuration, IControlBroadcast control, SessionEvents sessionEvents, TimeProvider clock)
{
    private const string Busy = "I am still busy with your earlier messages, and as many are waiting as may. This one was not taken; please send it again in a while.";

    public StreamIntake Intake => new(WorkStreams.Turns, AgentsSchema.Database, configuration.Current.Session.QueueCapacity, Accept, Accepted) { RefuseWhenFull = RefuseWhenFull };

    private void Accept(DatabaseTransaction transaction, StreamMessage message)
    {
        var request = Read(message);
        var key = SessionKey.Parse(request.SessionKey, null);
        var now = clock.GetUtcNow();
        if (request.Command == TurnRequested.CancelTurn)
        {
            Cancel(transaction, request, key, message.PrincipalId, now.ToUnixTimeMilliseconds());
            Inbox.Finish(transaction, message.Id, now.ToUnixTimeMilliseconds());
        }
        else if (request.Command is not null)
        {
            var answer = commands.CarryOut(transaction, request, key, message.PrincipalId, now);
            TurnDeliveries.Answer(transaction, message, request, $"command:{message.Id}", answer, now.ToUnixTimeMilliseconds());
            Inbox.Finish(transaction, message.Id, now.ToUnixTimeMilliseconds());
            FaultPoint.Reach("command.carrying-out");
        }
        else if (!Steered(transaction, message, request, key, now))
        {
            AcceptTurn(transaction, message, request, key, now);
        }
    }

    private void AcceptTurn(DatabaseTransaction transaction, StreamMessage message, TurnRequested request, SessionKey key, DateTimeOffset now)
    {
        if (request.Busy == "interrupt" && RunStore.Open(transaction, key.Value).FirstOrDefault() is { } running)
        {
            RunStore.RequestAbort(transaction, running.RunId);
            transaction.OnCommitted(() => lanes.AbortEverywhere(running.RunId, control));
        }

        var words = new TranscriptMessage { Role = "user", Content = request.Text, Timestamp = now, Attachments = BlobFiles.References(request, key) };
        var (_, created) = TurnStore.MakeVisible(
            transaction, key, message.PrincipalId, message.Id, Guid.CreateVersion7(now).ToString("D"), words, watcher: null, now.ToUnixTimeMilliseconds());
        FaultPoint.Reach("turn.showing");
        if (created)
        {
            transaction.OnCommitted(() => sessionEvents.Created(key.Value));
        }
    }

    // The flag first, as with every abort. A turn that is not here has ended, and reported so before, or is still on its way: then its id is taken, so that it never begins.
    private void Cancel(DatabaseTransaction transaction, TurnRequested request, SessionKey key, string principalId, long nowMs)
    {
        var turnId = request.Text;
        if (RunStore.FindOpen(transaction, key.Value, turnId) is { } run)
        {
            RunStore.RequestAbort(transaction, run.RunId);
            transaction.OnCommitted(() => lanes.AbortEverywhere(run.RunId, control));
            return;
        }

        var place = new StreamMessage(turnId, WorkStreams.Turns, TurnRequested.CommandKey(key.Value), ReadOnlyMemory<byte>.Empty, AgentsSchema.Database, principalId);
        if (Inbox.Accept(transaction, place, int.MaxValue, nowMs) == AcceptOutcome.Accepted)
        {
            Inbox.Finish(transaction, turnId, nowMs);
        }

        if (request.OccurrenceId is { } occurrence)
        {
            TurnReports.Cancelled(transaction, turnId, occurrence, principalId, nowMs);
        }
    }

    // Words only: a file needs a turn of its own. And only into a turn whose answer goes to the same place: whoever wrote must hear it.
    private static bool Steered(DatabaseTransaction transaction, StreamMessage message, TurnRequested request, SessionKey key, DateTimeOffset now)
    {
        if (request is not { Busy: "steer", BlobIds: null } || RunStore.Open(transaction, key.Value).FirstOrDefault() is not { } run
            || Inbox.Find(transaction, run.TurnId) is not { Body: { Length: > 0 } body }
            || JsonSerializer.Deserialize(body, ContractsJson.Default.TurnRequested)?.ReplyTo != request.ReplyTo)
        {
            return false;
        }

        RunStore.Steer(transaction, run.RunId, message.PrincipalId, request.Text);
        Inbox.Finish(transaction, message.Id, now.ToUnixTimeMilliseconds());
        return true;
    }

    // A person is told at once instead of waiting in silence; the scheduler's turns wait in its outbox.
    private bool RefuseWhenFull(DatabaseTransaction transaction, StreamMessage message)
    {
        var request = Read(message);
        if (request.ReplyTo is null || request.OccurrenceId is not null)
        {
            return false;
        }

        var nowMs = clock.GetUtcNow().ToUnixTimeMilliseconds();
        Inbox.Refuse(transaction, message, 0, "The session's queue was full; the person was told.", nowMs);
        TurnDeliveries.Answer(transaction, message, request, $"busy:{message.Id}", Busy, nowMs);
        return true;
    }

    private void Accepted(IReadOnlyCollection<string> keys) => lanes.Wake();

    private static TurnRequested Read(StreamMessage message) =>
        JsonSerializer.Deserialize(message.Body.Span, ContractsJson.Default.TurnRequested) ?? throw new JsonException("A turn's body is null.");
}
