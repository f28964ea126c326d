using Xopc.Contracts.Runs;
using Xopc.Storage;

namespace Xopc.Agents.Runs;

/// <summary>The rows of runs, their journal of partial text and the words steered into them. All functions are steps of a caller's transaction or snapshot.</summary>
internal static class RunStore
{
    /// <summary>What a run weighs beside its reply: ids, keys and their index entries.</summary>
    private const long RowOverhead = 400;

    /// <param name="watcher">The process whose client waits for it; null: no client does.</param>
    public static RunRow Insert(
        DatabaseTransaction transaction, string runId, string turnId, string sessionKey, long turnNo, string principalId, string? watcher, long nowMs)
    {
        transaction.Execute(
            """
            INSERT INTO runs (run_id, turn_id, session_key, turn_no, principal_id, state, attempt, last_update, tool_started, abort_requested, detached, bytes, created_ms, watcher)
            VALUES (@run, @turn, @key, @no, @principal, 'open', 0, 0, 0, 0, 0, 0, @now, @watcher)
            """,
            ("run", runId), ("turn", turnId), ("key", sessionKey), ("no", turnNo), ("principal", principalId), ("now", nowMs), ("watcher", watcher));
        return new RunRow(
            runId, turnId, sessionKey, turnNo, principalId, RunStates.Open, Attempt: 0, LastUpdate: 0, ToolStarted: false, AbortRequested: false,
            Reply: null, Error: null);
    }

    public static RunRow? Find(DatabaseReader reader, string runId) =>
        reader.QueryFirst($"SELECT {RunRow.Columns} FROM runs WHERE run_id = @run", RunRow.Map, ("run", runId));

    /// <summary>The open run of a turn. By its session, of which few are open: an index on turns would be one more tree in every commit.</summary>
    public static RunRow? FindOpen(DatabaseReader reader, string sessionKey, string turnId) =>
        reader.QueryFirst(
            $"SELECT {RunRow.Columns} FROM runs WHERE session_key = @key AND ended_ms IS NULL AND turn_id = @turn", RunRow.Map, ("key", sessionKey), ("turn", turnId));

    public static List<RunRow> Open(DatabaseReader reader, string sessionKey) =>
        reader.Query($"SELECT {RunRow.Columns} FROM runs WHERE session_key = @key AND ended_ms IS NULL ORDER BY turn_no", RunRow.Map, ("key", sessionKey));

    /// <summary>From here on the turn is never run again by itself: a tool may have changed the world.</summary>
    public static void MarkToolStarted(DatabaseTransaction transaction, string runId) =>
        transaction.Execute("UPDATE runs SET tool_started = 1 WHERE run_id = @run", ("run", runId));

    /// <summary>The flag beside the broadcast, for a process that missed it. False: the run is unknown or over.</summary>
    public static bool RequestAbort(DatabaseTransaction transaction, string runId) =>
        transaction.Execute("UPDATE runs SET abort_requested = 1 WHERE run_id = @run AND ended_ms IS NULL", ("run", runId)) == 1;

    /// <summary>Ends the run; the process whose client waits for it, <c>''</c> when the client left, null when no client asked.</summary>
    public static string? End(
        DatabaseTransaction transaction, string runId, string state, int attempt, int lastUpdate, string? reply, string? error, long nowMs) =>
        transaction.QueryFirst(
            """
            UPDATE runs SET state = @state, attempt = @attempt, last_update = @last, reply = @reply, error = @error, bytes = @bytes, ended_ms = @now
            WHERE run_id = @run
            RETURNING watcher
            """,
            static row => row.IsDBNull(0) ? null : row.GetString(0),
            ("state", state), ("attempt", (long)attempt), ("last", (long)lastUpdate), ("reply", reply), ("error", error),
            ("bytes", RowOverhead + (reply?.Length ?? 0L)), ("now", nowMs),
            ("run", runId));

    /// <summary>A client waits in that process now. False: the run is over, or there is none.</summary>
    public static bool Watch(DatabaseTransaction transaction, string runId, string watcher) =>
        transaction.Execute(
            "UPDATE runs SET watcher = CASE WHEN watcher IS NULL THEN NULL ELSE @watcher END WHERE run_id = @run AND ended_ms IS NULL", ("watcher", watcher), ("run", runId)) == 1;

    /// <summary>Nobody waits in that process any more. The run, where it ended before that could be known and its session is still there; else null.</summary>
    public static RunRow? Unwatch(DatabaseTransaction transaction, string runId, string watcher) =>
        transaction.QueryFirst(
            $"UPDATE runs SET watcher = '' WHERE run_id = @run AND watcher = @watcher AND detached = 0 RETURNING {RunRow.Columns}", RunRow.Map, ("run", runId), ("watcher", watcher))
            is { Ended: true } ended ? ended : null;

    public static void Journal(DatabaseTransaction transaction, string runId, string principalId, int attempt, int seq, string text) =>
        transaction.Execute(
            "INSERT INTO run_journal (run_id, attempt, seq, principal_id, text) VALUES (@run, @attempt, @seq, @principal, @text)",
            ("run", runId), ("attempt", (long)attempt), ("seq", (long)seq), ("principal", principalId), ("text", text));

    /// <summary>The partial text that earlier attempts left behind.</summary>
    public static string Journalled(DatabaseReader reader, string runId) =>
        string.Concat(reader.Query("SELECT text FROM run_journal WHERE run_id = @run ORDER BY attempt, seq", static row => row.GetString(0), ("run", runId)));

    /// <summary>As <see cref="Journalled"/>, with the update up to which the text stands; null when there is none.</summary>
    public static (string Text, RunUpdateId At)? JournalledUpTo(DatabaseReader reader, string runId)
    {
        var parts = reader.Query(
            "SELECT attempt, seq, text FROM run_journal WHERE run_id = @run ORDER BY attempt, seq",
            static row => (At: new RunUpdateId(row.GetInt32(0), row.GetInt32(1)), Text: row.GetString(2)), ("run", runId));
        return parts.Count == 0 ? null : (string.Concat(parts.Select(static part => part.Text)), parts[^1].At);
    }

    public static void DropJournal(DatabaseTransaction transaction, string runId) =>
        transaction.Execute("DELETE FROM run_journal WHERE run_id = @run", ("run", runId));

    /// <summary>Words for a run that is under way; numbered from 1.</summary>
    public static void Steer(DatabaseTransaction transaction, string runId, string principalId, string text) =>
        transaction.Execute(
            """
            INSERT INTO steers (run_id, seq, principal_id, text)
            VALUES (@run, (SELECT COALESCE(MAX(seq), 0) + 1 FROM steers WHERE run_id = @run), @principal, @text)
            """,
            ("run", runId), ("principal", principalId), ("text", text));

    /// <summary>What was steered in after the given number. Nothing is marked: whoever takes the words writes them with its answer, or nobody has taken them.</summary>
    public static List<(long Seq, string Text)> SteersAfter(DatabaseReader reader, string runId, long seq) =>
        reader.Query(
            "SELECT seq, text FROM steers WHERE run_id = @run AND seq > @seq ORDER BY seq", static row => (row.GetInt64(0), row.GetString(1)), ("run", runId), ("seq", seq));

    /// <summary>Open runs that somebody wants to end: looked at every tick, for whoever missed the broadcast or was just being claimed when it came.</summary>
    public static List<string> AbortsRequested(DatabaseReader reader) =>
        reader.Query("SELECT run_id FROM runs WHERE ended_ms IS NULL AND abort_requested = 1", static row => row.GetString(0));

    /// <summary>Parts open runs from a session that is being deleted: they end as aborted and write no message any more, also when the key is used again.</summary>
    public static void Detach(DatabaseTransaction transaction, string sessionKey) =>
        transaction.Execute("UPDATE runs SET abort_requested = 1, detached = 1 WHERE session_key = @key AND ended_ms IS NULL", ("key", sessionKey));
}
