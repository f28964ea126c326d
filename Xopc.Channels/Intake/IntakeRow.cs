namespace Xopc.Channels.Intake;

/// <summary>A message from outside as it lies in the table until it has become a turn, or until it is known that it will not.</summary>
/// <param name="Key">The conversation: <c>{channel}:{account}:{peer}</c>.</param>
/// <param name="GroupKey">Rows of one key that follow each other with the same group become one turn.</param>
/// <param name="ClosesMs">When the group is complete, or when to try again.</param>
/// <param name="Attempt">How often the work on it was begun.</param>
internal sealed record IntakeRow(long Seq, string Id, string Key, string GroupKey, long ClosesMs, int Attempt, InboundMessage Message, string? TraceParent);
