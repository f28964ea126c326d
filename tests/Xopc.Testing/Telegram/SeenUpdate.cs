namespace Xopc.Testing.Telegram;

/// <summary>An update that was created for a bot.</summary>
/// <param name="Kind"><c>message</c>, <c>edited_message</c>, <c>callback_query</c>, …</param>
/// <param name="Json">As the bot receives it.</param>
/// <param name="Deliveries">How often it was handed out.</param>
/// <param name="ConfirmedAt">When a later offset, or the webhook's 2xx, confirmed it.</param>
public sealed record SeenUpdate(int UpdateId, string Kind, string Json, DateTimeOffset At, int Deliveries = 0, DateTimeOffset? ConfirmedAt = null);
