using Xopc.Agents.Runs;
using Xopc.Agents.Transcripts;
using Xopc.Contracts.Messages;

namespace Xopc.Agents.Turns;

/// <summary>What a run produced, before it is written.</summary>
/// <param name="Messages">What the turn adds to the transcript after the user's message, in order.</param>
/// <param name="FirstName">A name for the session if it has none: the first line of what the person wrote.</param>
/// <param name="Failure">Why there is no whole answer, where there is none.</param>
/// <param name="Prolongable">Whether words steered in at the last moment make the run go on instead of end.</param>
internal sealed record TurnResult(
    TurnRequested Request, RunOutcome Outcome, IReadOnlyList<TranscriptMessage> Messages, string? Model = null, string? FirstName = null, bool Prolongable = false,
    TurnFailure Failure = TurnFailure.None);
