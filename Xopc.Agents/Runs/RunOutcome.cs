namespace Xopc.Agents.Runs;

/// <summary>How a run ended, for whoever waits for it.</summary>
/// <param name="State">One of <see cref="RunStates"/>, not open.</param>
/// <param name="Reply">The text; partial when aborted or interrupted.</param>
/// <param name="Error">What went wrong, fit for the user; null when nothing did.</param>
internal sealed record RunOutcome(string State, string Reply, string? Error)
{
    public string Summary => State switch
    {
        RunStates.Ok => "Message processed successfully",
        RunStates.Aborted => "Interrupted",
        RunStates.Interrupted => Error ?? "The run was interrupted by a restart; its partial answer was kept",
        _ => Error ?? "The agent failed",
    };

    public static RunOutcome Of(RunRow row) => new(row.State, row.Reply ?? "", row.Error);
}
