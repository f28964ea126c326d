namespace Xopc.Testing.Telegram;

/// <summary>A text a bot lets a person watch growing (<c>sendMessageDraft</c>).</summary>
public sealed record SeenDraft(long Order, DateTimeOffset At, long BotId, long DraftId, string Text, IReadOnlyList<SeenEntity> Entities);
