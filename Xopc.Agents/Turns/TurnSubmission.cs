using Xopc.Agents.Transcripts;
using Xopc.Contracts;
using Xopc.Contracts.Messages;

namespace Xopc.Agents.Turns;

/// <summary>A turn that somebody asks for over HTTP, checked and ready to be accepted.</summary>
/// <param name="TurnId">A UUIDv7. That a repeated request is the same turn is known by its <paramref name="Record"/>, which ends after a day; a turn's id never does.</param>
/// <param name="Message">The user's message; attachments already lie in the workspace.</param>
/// <param name="Request">What the runner needs beside the transcript; its text is left out, the transcript has it.</param>
/// <param name="Record">Where the request came with an idempotency key; else null.</param>
internal sealed record TurnSubmission(
    string TurnId, SessionKey Session, Principal Principal, TranscriptMessage Message, TurnRequested Request, string? TraceParent, SubmissionRecord? Record = null);

/// <summary>Under which record a request with an idempotency key is kept, and the hash of its meaning: another one under the same key is a conflict.</summary>
internal sealed record SubmissionRecord(string Id, string BodyHash);

/// <summary>What became of a submission.</summary>
internal enum SubmitOutcome
{
    /// <summary>Durable; the run is under way or waits its turn.</summary>
    Accepted,

    /// <summary>The same submission was accepted before; its run answers.</summary>
    Known,

    /// <summary>The idempotency key was used with another body.</summary>
    Conflict,

    /// <summary>The same submission was accepted before, and its run is no longer kept.</summary>
    Forgotten,

    /// <summary>The session's queue is full; nothing was written.</summary>
    Busy,
}

/// <summary>The answer to a submission.</summary>
/// <param name="RunId">Handle of the run that answers; empty when there is none.</param>
internal sealed record SubmitResult(SubmitOutcome Outcome, string RunId, string SessionKey, bool SessionCreated);
