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
