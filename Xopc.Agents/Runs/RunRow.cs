using System.Data.Common;

namespace Xopc.Agents.Runs;

/// <summary>How a run ended; on the wire the <c>status</c> of the reply.</summary>
internal static class RunStates
{
    public const string Open = "open";
    public const string Ok = "ok";
    public const string Aborted = "aborted";
    public const string Interrupted = "interrupted";
    public const string Error = "error";
}

/// <summary>
/// What is remembered of a run. Its id is given at acceptance and stays over the attempts of its turn, so that whoever asked can come back with it; the
/// attempts show in the ids of its updates.
/// </summary>
/// <param name="LastUpdate">Sequence number of the terminal update within <paramref name="Attempt"/>; 0 while open.</param>
/// <param name="Reply">The final text, or the partial one of an aborted or interrupted run.</param>
internal sealed record RunRow(
    string RunId, string TurnId, string SessionKey, long TurnNo, string PrincipalId, string State, int Attempt, int LastUpdate, bool ToolStarted,
    bool AbortRequested, string? Reply, string? Error)
{
    public const string Columns =
        "run_id, turn_id, session_key, turn_no, principal_id, state, attempt, last_update, tool_started, abort_requested, reply, error";

    public bool Ended => State != RunStates.Open;

    public static RunRow Map(DbDataReader row) => new(
        row.GetString(0), row.GetString(1), row.GetString(2), row.GetInt64(3), row.GetString(4), row.GetString(5), row.GetInt32(6), row.GetInt32(7),
        row.GetInt32(8) != 0, row.GetInt32(9) != 0, row.IsDBNull(10) ? null : row.GetString(10), row.IsDBNull(11) ? null : row.GetString(11));
}
