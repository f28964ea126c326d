namespace Xopc.Contracts.Messages;

/// <summary>One broadcast event for <c>/api/events</c>, published after the commit it tells of.</summary>
/// <param name="Type">SSE event name, for example <c>session.updated</c> or <c>agent.stream</c>.</param>
/// <param name="SessionKey">The session it concerns; decides which principals see it. Null: everybody.</param>
/// <param name="Data">One line of UTF-8 JSON, the SSE data.</param>
public sealed record EventMessage(string Type, string? SessionKey, ReadOnlyMemory<byte> Data);
