namespace Xopc.Testing.Telegram;

/// <summary>One call a bot's client made.</summary>
/// <param name="Order">Place among everything that happened on the server.</param>
/// <param name="At">When it arrived.</param>
/// <param name="Method">As written, <c>file</c> for downloads.</param>
/// <param name="ChatId">The chat it was about, if it named one by number.</param>
/// <param name="Connection">The connection it came over.</param>
/// <param name="Status">The HTTP status; 0: none was sent (yet).</param>
public sealed record CallRecord(long Order, DateTimeOffset At, string Method, long? ChatId, string Connection, int Status);
