namespace Xopc.Agents.Transcripts;

/// <summary>
/// A session's transcript up to and with a turn: two that are equal have the same messages. Turns of a session end in order and are never changed
/// afterwards, so the number of messages tells of everything else that may touch a transcript, and the time of its making tells a session from one that
/// was deleted and made again under the same key.
/// </summary>
/// <param name="TurnNo">The last turn of the transcript.</param>
/// <param name="CreatedMs">When the session was made.</param>
/// <param name="Messages">How many messages the turns have together.</param>
internal sealed record TranscriptVersion(long TurnNo, long CreatedMs, long Messages)
{
    /// <summary>From the counters of the session: each turn that was accepted after <paramref name="turnNo"/> has put its user's message there already.</summary>
    public static TranscriptVersion After(long turnNo, long createdMs, long messageCount, long turnCount) =>
        new(turnNo, createdMs, messageCount - (turnCount - turnNo));
}
