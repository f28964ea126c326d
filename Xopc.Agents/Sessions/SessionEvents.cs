using System.Text.Json;
using Xopc.Agents.Runs;
using Xopc.Agents.Transcripts;
using Xopc.Agents.Turns;
using Xopc.Configuration;
using Xopc.Contracts.Messages;
using Xopc.Messaging;

namespace Xopc.Agents.Sessions;

/// <summary>Tells everybody what changed about sessions, after the commit.</summary>
internal sealed class SessionEvents(IEventLog events, TitleQueue titles, ConfigStore configuration)
{
    // Characters of a message that an event carries: the ring of events is small, and the session has the whole.
    private const int MaxContent = 32 * 1024;

    public void Created(string key) => Publish("session.created", new SessionChanged(key));

    /// <summary>A message that no run wrote.</summary>
    public void Said(string key, TranscriptMessage message, bool created)
    {
        if (created)
        {
            Created(key);
        }

        var data = new SessionMessage(key, message.Role, message.Content.Length <= MaxContent ? message.Content : null, message.Timestamp, message.DeliveryId);
        events.Publish(new EventMessage("session.message", key, JsonSerializer.SerializeToUtf8Bytes(data, AgentsJson.Default.SessionMessage)));
    }

    public void Updated(string key, string? name = null, string? status = null, IReadOnlyList<string>? tags = null) =>
        Publish("session.updated", new SessionChanged(key, name, status, tags));

    public void Deleted(string key) => Publish("session.deleted", new SessionChanged(key));

    public void TurnAccepted(SubmitResult result)
    {
        if (result.SessionCreated)
        {
            Created(result.SessionKey);
        }
    }

    public void TurnEnded(ClaimedTurn claimed, TurnResult result, TurnCompletion completion)
    {
        if (completion.Session is not { } session)
        {
            return; // deleted while the turn ran: everybody was told of that
        }

        // Every run end touches the session's counts. The name is the one that stands, not the one this turn proposed: somebody may have renamed it meanwhile.
        Updated(claimed.Run.SessionKey, session.Name);
        if (result is { FirstName: { } first, Model: { } model, Outcome.State: RunStates.Ok } && claimed.Run.TurnNo == 1 && session.Name == first
            && configuration.Current.Session.AutoTitle == "model")
        {
            titles.Add(new TitleRequest(claimed.Run.SessionKey, first, model));
        }
    }

    private void Publish(string type, SessionChanged change) =>
        events.Publish(new EventMessage(type, change.Key, JsonSerializer.SerializeToUtf8Bytes(change, AgentsJson.Default.SessionChanged)));
}
