using Xopc.Agents.Transcripts;

namespace Xopc.Agents.Sessions;

/// <summary>A session as a turn left it.</summary>
/// <param name="Name">What it is called now, whoever named it.</param>
internal sealed record SessionAfterTurn(TranscriptVersion Transcript, string? Name);
