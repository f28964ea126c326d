using Xopc.Agents.Transcripts;

namespace Xopc.Agents.Sessions;

/// <summary>What a turn needs of its session.</summary>
/// <param name="Name">Null while it has none.</param>
/// <param name="Before">The transcript before the turn.</param>
internal sealed record TurnSession(SessionSettings Settings, string? Name, TranscriptVersion Before);
