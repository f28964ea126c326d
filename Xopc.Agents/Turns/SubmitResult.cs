namespace Xopc.Agents.Turns;

/// <summary>The answer to a submission.</summary>
/// <param name="RunId">Handle of the run that answers; empty when there is none.</param>
internal sealed record SubmitResult(SubmitOutcome Outcome, string RunId, string SessionKey, bool SessionCreated);
