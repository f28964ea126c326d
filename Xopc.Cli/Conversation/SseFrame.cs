namespace Xopc.Cli.Conversation;

/// <summary>One event of a server-sent stream.</summary>
/// <param name="Id">Its own id; null when it carries none.</param>
internal readonly record struct SseFrame(string? Id, string Event, string Data);
