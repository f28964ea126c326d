using System.Text.Json;
using Xopc.Agents.Transcripts;
using Xopc.Contracts;
using Xopc.Contracts.Messages;
using Xopc.Messaging;
using Xopc.Storage;

namespace Xopc.Agents.Turns;

/// <summary>Takes turns that channels and the scheduler ask for: the same rows as a turn over HTTP, in the transaction that accepts the stream's message.</summary>
internal sealed class TurnStreamIntake(
    Runs.SessionLanes lanes, Configuration.ConfigStore configuration, Sessions.SessionEvents sessionEvents, TimeProvider clock)
{
    public StreamIntake Intake => new(WorkStreams.Turns, AgentsSchema.Database, configuration.Current.Session.QueueCapacity, Accept, Accepted);

    private void Accept(DatabaseTransaction transaction, StreamMessage message)
    {
        var request = JsonSerializer.Deserialize(message.Body.Span, ContractsJson.Default.TurnRequested)
            ?? throw new JsonException("A turn's body is null.");
        var key = SessionKey.Parse(request.SessionKey, null);
        var now = clock.GetUtcNow();
        var (_, created) = TurnStore.MakeVisible(
            transaction, key, message.PrincipalId, message.Id, Guid.CreateVersion7(now).ToString("D"),
            new TranscriptMessage { Role = "user", Content = request.Text, Timestamp = now }, now.ToUnixTimeMilliseconds());
        if (created)
        {
            transaction.OnCommitted(() => sessionEvents.Created(key.Value));
        }
    }

    private void Accepted(IReadOnlyCollection<string> keys) => lanes.Wake();
}
