using System.Text.Json;
using Xopc.Storage;

namespace Xopc.Agents.Transcripts;

/// <summary>The messages of sessions, in the order (turn, index in turn). All functions are steps of a caller's transaction or snapshot.</summary>
internal static class TranscriptStore
{
    public static void Append(DatabaseTransaction transaction, string sessionKey, string principalId, long turnNo, int index, TranscriptMessage message) =>
        transaction.Execute(
            "INSERT INTO messages (session_key, turn_no, idx, principal_id, body) VALUES (@key, @turn, @idx, @principal, @body)",
            ("key", sessionKey), ("turn", turnNo), ("idx", index), ("principal", principalId),
            ("body", JsonSerializer.Serialize(message, AgentsJson.Default.TranscriptMessage)));

    /// <summary>The newest messages of turns up to <paramref name="upToTurn"/>, oldest first, as stored.</summary>
    public static List<string> Tail(DatabaseReader reader, string sessionKey, long upToTurn, int limit)
    {
        var rows = reader.Query(
            "SELECT body FROM messages WHERE session_key = @key AND turn_no <= @turn ORDER BY turn_no DESC, idx DESC LIMIT @limit",
            static row => row.GetString(0), ("key", sessionKey), ("turn", upToTurn), ("limit", limit));
        rows.Reverse();
        return rows;
    }

    /// <summary>The messages of one turn as stored: while it is open, its user's.</summary>
    public static List<string> OfTurn(DatabaseReader reader, string sessionKey, long turnNo) =>
        reader.Query(
            "SELECT body FROM messages WHERE session_key = @key AND turn_no = @turn ORDER BY idx",
            static row => row.GetString(0), ("key", sessionKey), ("turn", turnNo));

    /// <summary>A page counted from the newest message, oldest first within the page.</summary>
    public static List<string> Page(DatabaseReader reader, string sessionKey, int offset, int limit)
    {
        var rows = reader.Query(
            "SELECT body FROM messages WHERE session_key = @key ORDER BY turn_no DESC, idx DESC LIMIT @limit OFFSET @offset",
            static row => row.GetString(0), ("key", sessionKey), ("limit", limit), ("offset", offset));
        rows.Reverse();
        return rows;
    }

    public static void DeleteAll(DatabaseTransaction transaction, string sessionKey) =>
        transaction.Execute("DELETE FROM messages WHERE session_key = @key", ("key", sessionKey));

    public static TranscriptMessage Read(string body) => JsonSerializer.Deserialize(body, AgentsJson.Default.TranscriptMessage)!;
}
