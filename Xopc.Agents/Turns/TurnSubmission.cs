using Xopc.Agents.Transcripts;
using Xopc.Contracts;
using Xopc.Contracts.Messages;

namespace Xopc.Agents.Turns;

/// <summary>A turn that somebody asks for over HTTP, checked and ready to be accepted.</summary>
/// <param name="TurnId"><c>api:{principal}:{route}:{Idempotency-Key}</c>, or a UUIDv7 without a key.</param>
/// <param name="Message">The user's message; attachments already lie in the workspace.</param>
/// <param name="Request">What the runner needs beside the transcript; its text is left out, the transcript has it.</param>
/// <param name="BodyHash">SHA-256 of the parsed request: the same idempotency key with another request is a conflict.</param>
internal sealed record TurnSubmission(
    string TurnId, SessionKey Session, Principal Principal, TranscriptMessage Message, TurnRequested Request, string BodyHash, string? TraceParent);

/// <summary>What became of a submission.</summary>
internal enum SubmitOutcome
{
    /// <summary>Durable; the run is under way or waits its turn.</summary>
    Accepted,

    /// <summary>The same submission was accepted before; its run answers.</summary>
    Known,

    /// <summary>The idempotency key was used with another body.</summary>
    Conflict,

    /// <summary>The session's queue is full; nothing was written.</summary>
    Busy,
}

/// <summary>The answer to a submission.</summary>
/// <param name="RunId">Handle of the run that answers; empty when there is none.</param>
internal sealed record SubmitResult(SubmitOutcome Outcome, string RunId, string SessionKey, bool SessionCreated);
