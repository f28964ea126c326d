namespace Xopc.Cli.Conversation;

/// <summary>How a turn ended.</summary>
/// <param name="Status"><c>ok</c>, <c>aborted</c>, <c>skipped</c>, <c>interrupted</c> or <c>error</c>.</param>
/// <param name="Error">With the last two: what happened.</param>
internal sealed record TurnOutcome(string Status, AnswerError? Error);
