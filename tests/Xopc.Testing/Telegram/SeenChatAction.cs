namespace Xopc.Testing.Telegram;

/// <summary>"… is typing".</summary>
public sealed record SeenChatAction(long Order, DateTimeOffset At, long BotId, string Action, int? ThreadId);
