using System.Data.Common;
using System.Text.Json;
using Xopc.Agents.Transcripts;
using Xopc.Contracts;
using Xopc.Storage;

namespace Xopc.Agents.Sessions;

/// <summary>The rows of sessions. All functions are steps of a caller's transaction or snapshot.</summary>
internal static class SessionStore
{
    private const string Columns =
        "key, name, status, created_ms, updated_ms, accessed_ms, message_count, token_count, turn_count, agent_id, source, account_id, peer_kind, peer_id, thread_id, tags";

    /// <summary>Creates the row unless it is there; true when it was created.</summary>
    public static bool Create(DatabaseTransaction transaction, SessionKey key, string principalId, long nowMs) =>
        transaction.Execute(
            """
            INSERT INTO sessions (key, agent_id, source, account_id, peer_kind, peer_id, thread_id, principal_id, name, status, settings,
                turn_count, message_count, token_count, created_ms, updated_ms, accessed_ms)
            VALUES (@key, @agent, @source, @account, @kind, @peer, @thread, @principal, NULL, 'active', NULL, 0, 0, 0, @now, @now, @now)
            ON CONFLICT (key) DO NOTHING
            """,
            ("key", key.Value), ("agent", key.AgentId), ("source", key.Source), ("account", key.AccountId), ("kind", key.PeerKind), ("peer", key.PeerId),
            ("thread", key.ThreadId), ("principal", principalId), ("now", nowMs)) == 1;

    /// <summary>
    /// Creates the session if need be and counts one more turn with one message; the turn's number and whether the session is new. A session that is made
    /// again while runs of its deleted predecessor still end counts on from theirs.
    /// </summary>
    public static (long TurnNo, bool Created) BeginTurn(DatabaseTransaction transaction, SessionKey key, string principalId, long tokens, long nowMs)
    {
        var turnNo = transaction.QueryFirst(
            """
            INSERT INTO sessions (key, agent_id, source, account_id, peer_kind, peer_id, thread_id, principal_id, name, status, settings,
                turn_count, message_count, token_count, created_ms, updated_ms, accessed_ms)
            VALUES (@key, @agent, @source, @account, @kind, @peer, @thread, @principal, NULL, 'active', NULL,
                (SELECT COALESCE(MAX(turn_no), 0) + 1 FROM runs WHERE runs.session_key = @key AND runs.ended_ms IS NULL), 1, @tokens, @now, @now, @now)
            ON CONFLICT (key) DO UPDATE SET turn_count = sessions.turn_count + 1, message_count = sessions.message_count + 1,
                token_count = sessions.token_count + excluded.token_count, updated_ms = excluded.updated_ms, accessed_ms = excluded.accessed_ms,
                status = CASE sessions.status WHEN 'archived' THEN 'active' ELSE sessions.status END
            RETURNING turn_count, created_ms, message_count
            """,
            static row => (TurnNo: row.GetInt64(0), CreatedMs: row.GetInt64(1), Messages: row.GetInt64(2)),
            ("key", key.Value), ("agent", key.AgentId), ("source", key.Source), ("account", key.AccountId), ("kind", key.PeerKind), ("peer", key.PeerId),
            ("thread", key.ThreadId), ("principal", principalId), ("tokens", tokens), ("now", nowMs));
        return (turnNo.TurnNo, turnNo.Messages == 1 && turnNo.CreatedMs == nowMs);
    }

    /// <summary>Counts the messages a turn added, and names the session if nobody did before. Null: the session was deleted meanwhile.</summary>
    public static SessionAfterTurn? EndTurn(
        DatabaseTransaction transaction, string key, string runId, long turnNo, int messages, long tokens, string? firstName, long nowMs) =>
        transaction.QueryFirst(
            """
            UPDATE sessions SET message_count = message_count + @messages, token_count = token_count + @tokens, updated_ms = @now, name = COALESCE(name, @name)
            WHERE key = @key AND NOT EXISTS (SELECT 1 FROM runs WHERE runs.run_id = @run AND runs.detached = 1)
            RETURNING created_ms, message_count, turn_count, name
            """,
            row => new SessionAfterTurn(
                TranscriptVersion.After(turnNo, row.GetInt64(0), row.GetInt64(1), row.GetInt64(2)), row.IsDBNull(3) ? null : row.GetString(3)),
            ("messages", (long)messages), ("tokens", tokens), ("now", nowMs), ("name", firstName), ("key", key), ("run", runId));

    public static Session? Find(DatabaseReader reader, string key, Principal principal)
    {
        var found = reader.QueryFirst($"SELECT {Columns} FROM sessions WHERE key = @key", Map, ("key", key));
        return found is not null && MayTouch(principal, key) ? found : null;
    }

    public static bool MayTouch(Principal principal, string key) => SessionKey.TryParse(key, null, out var parsed) && principal.MayTouch(parsed);

    /// <summary>What a turn needs of its session; null when the session is gone.</summary>
    public static TurnSession? ForTurn(DatabaseReader reader, string key, long turnNo) =>
        reader.QueryFirst(
            "SELECT settings, name, created_ms, message_count, turn_count FROM sessions WHERE key = @key",
            row => new TurnSession(
                row.IsDBNull(0) ? new SessionSettings() : JsonSerializer.Deserialize(row.GetString(0), AgentsJson.Default.SessionSettings)!,
                row.IsDBNull(1) ? null : row.GetString(1),
                TranscriptVersion.After(turnNo - 1, row.GetInt64(2), row.GetInt64(3), row.GetInt64(4))),
            ("key", key));

    public static SessionSettings Settings(DatabaseReader reader, string key) =>
        reader.Scalar("SELECT settings FROM sessions WHERE key = @key", ("key", key)) is string text
            ? JsonSerializer.Deserialize(text, AgentsJson.Default.SessionSettings)!
            : new SessionSettings();

    public static bool SaveSettings(DatabaseTransaction transaction, string key, SessionSettings settings) =>
        transaction.Execute(
            "UPDATE sessions SET settings = @settings WHERE key = @key",
            ("settings", JsonSerializer.Serialize(settings, AgentsJson.Default.SessionSettings)), ("key", key)) == 1;

    public static bool Rename(DatabaseTransaction transaction, string key, string name, long nowMs) =>
        transaction.Execute("UPDATE sessions SET name = @name, updated_ms = @now WHERE key = @key", ("name", name), ("now", nowMs), ("key", key)) == 1;

    /// <summary>Changes the status where it is <paramref name="from"/> (null: whatever it is); false: no such session.</summary>
    public static bool SetStatus(DatabaseTransaction transaction, string key, string? from, string status) =>
        transaction.Execute(
            "UPDATE sessions SET status = CASE WHEN status = COALESCE(@from, status) THEN @status ELSE status END WHERE key = @key",
            ("from", from), ("status", status), ("key", key)) == 1;

    /// <summary>Replaces name and tags.</summary>
    public static void Describe(DatabaseTransaction transaction, Session session, long nowMs) =>
        transaction.Execute(
            "UPDATE sessions SET name = @name, tags = @tags, updated_ms = @now WHERE key = @key",
            ("name", session.Name), ("tags", session.Tags.Count == 0 ? null : string.Join('\n', session.Tags)), ("now", nowMs), ("key", session.Key));

    /// <summary>Deletes the session if nothing happened in it since it was looked at: no turn, no word, no pin.</summary>
    public static bool DeleteUntouched(DatabaseTransaction transaction, string key, long updatedMs) =>
        transaction.Execute(
            """
            DELETE FROM sessions WHERE key = @key AND updated_ms = @updated AND status <> 'pinned'
              AND NOT EXISTS (SELECT 1 FROM runs WHERE runs.session_key = sessions.key AND runs.ended_ms IS NULL)
            """,
            ("key", key), ("updated", updatedMs)) == 1;

    public static bool Delete(DatabaseTransaction transaction, string key) =>
        transaction.Execute("DELETE FROM sessions WHERE key = @key", ("key", key)) == 1;

    /// <summary>The newest session of a source and agent that holds no message yet.</summary>
    public static Session? FindEmpty(DatabaseReader reader, string source, string agentId) =>
        reader.QueryFirst(
            $"SELECT {Columns} FROM sessions WHERE source = @source AND agent_id = @agent AND message_count = 0 AND status <> 'archived' ORDER BY updated_ms DESC LIMIT 1",
            Map, ("source", source), ("agent", agentId));

    internal static Session Map(DbDataReader row)
    {
        var key = row.GetString(0);
        var parts = key.Split(':', 3);
        return new Session
        {
            Key = key,
            Name = row.IsDBNull(1) ? null : row.GetString(1),
            Status = row.GetString(2),
            CreatedAt = DateTimeOffset.FromUnixTimeMilliseconds(row.GetInt64(3)),
            UpdatedAt = DateTimeOffset.FromUnixTimeMilliseconds(row.GetInt64(4)),
            LastAccessedAt = DateTimeOffset.FromUnixTimeMilliseconds(row.GetInt64(5)),
            MessageCount = row.GetInt64(6),
            EstimatedTokens = row.GetInt64(7),
            SourceChannel = row.GetString(10),
            SourceChatId = parts.Length == 3 ? parts[2] : parts[^1],
            Routing = new SessionRouting(
                row.GetString(9), row.GetString(10), row.GetString(11), row.GetString(12), row.GetString(13), row.IsDBNull(14) ? null : row.GetString(14)),
            Tags = row.IsDBNull(15) ? [] : row.GetString(15).Split('\n'),
            Stats = new SessionTurnStats(row.GetInt64(6), row.GetInt64(7), row.GetInt64(8)),
        };
    }

    internal const string SelectColumns = Columns;
}
