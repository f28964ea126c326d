using System.Text.Json;
using Xopc.Agents.Transcripts;
using Xopc.Contracts;
using Xopc.Contracts.Messages;
using Xopc.Messaging;
using Xopc.Storage;

namespace Xopc.Agents.Sessions;

/// <summary>
/// Takes what is said in sessions without a turn: deliveries of the channel webchat. The message is written in the transaction that accepts it, past every turn
/// that waits; it has a place of its own between the turns, as if it were one of a single message.
/// </summary>
internal sealed class SessionPosts(SessionEvents events, TimeProvider clock)
{
    // Nothing waits here: a post is done when it is accepted.
    private const int KeyCapacity = 1_000;

    public StreamIntake Intake => new(WorkStreams.Posts, AgentsSchema.Database, KeyCapacity, Accept, static _ => { });

    private void Accept(DatabaseTransaction transaction, StreamMessage message)
    {
        var post = JsonSerializer.Deserialize(message.Body.Span, ContractsJson.Default.PostRequested) ?? throw new JsonException("A post's body is null.");
        var key = SessionKey.Parse(post.SessionKey, null);
        var now = clock.GetUtcNow();
        var said = new TranscriptMessage { Role = "assistant", Content = post.Text, Timestamp = now, DeliveryId = post.DeliveryId };
        var (turnNo, created) = SessionStore.BeginTurn(transaction, key, message.PrincipalId, said.EstimatedTokens, now.ToUnixTimeMilliseconds());
        TranscriptStore.Append(transaction, key.Value, message.PrincipalId, turnNo, 0, said);
        Inbox.Finish(transaction, message.Id, now.ToUnixTimeMilliseconds());
        transaction.OnCommitted(() => events.Said(key.Value, said, created));
    }
}
