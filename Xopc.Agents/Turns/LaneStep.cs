using Xopc.Agents.Runs;

namespace Xopc.Agents.Turns;

/// <summary>What a lane does next.</summary>
/// <param name="Outcome">How the run ended; null when the turn was handed back.</param>
/// <param name="Next">The session's next turn, already claimed.</param>
internal sealed record LaneStep(RunOutcome? Outcome, ClaimedTurn? Next);
