using System.Globalization;
using Xopc.Contracts;
using Xopc.Storage;

namespace Xopc.Agents.Sessions;

/// <summary>Lays a conversation aside under a key of its own, so that its place begins anew and nothing is lost.</summary>
internal static class SessionArchive
{
    /// <summary>
    /// Moves session and transcript to <c>{key}:scope:{time}</c>, archived. The open runs were detached before: they write nothing any more. Null: there is nothing
    /// in the session.
    /// </summary>
    public static SessionKey? Move(DatabaseTransaction transaction, SessionKey key, DateTimeOffset now)
    {
        if (transaction.Scalar("SELECT message_count FROM sessions WHERE key = @key", ("key", key.Value)) is not > 0L)
        {
            return null;
        }

        // The scope is free: whoever talks on a channel has none.
        var scope = now.UtcDateTime.ToString("yyyyMMdd-HHmmss-fff", CultureInfo.InvariantCulture);
        var archived = SessionKey.Create(key.AgentId, key.Source, key.AccountId, key.PeerKind, key.PeerId, key.ThreadId, scope);
        transaction.Execute(
            "UPDATE sessions SET key = @archived, status = 'archived', updated_ms = @now WHERE key = @key",
            ("archived", archived.Value), ("now", now.ToUnixTimeMilliseconds()), ("key", key.Value));
        transaction.Execute("UPDATE messages SET session_key = @archived WHERE session_key = @key", ("archived", archived.Value), ("key", key.Value));
        return archived;
    }
}
