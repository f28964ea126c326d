namespace Xopc.Testing.Telegram;

/// <summary>How much a bot may send before 429. Zero: no limit.</summary>
/// <param name="PerBotAndSecond">All chats of a bot together.</param>
/// <param name="PerChatAndSecond">One chat.</param>
/// <param name="PerGroupAndMinute">One group, supergroup or channel.</param>
/// <param name="Tolerance">By so much a window is shorter than it says: messages sent a second apart arrive a little less apart.</param>
public sealed record RateLimits(int PerBotAndSecond, int PerChatAndSecond, int PerGroupAndMinute, TimeSpan Tolerance)
{
    public static RateLimits None { get; } = new(0, 0, 0, TimeSpan.Zero);

    /// <summary>What Telegram documents.</summary>
    public static RateLimits Documented { get; } = new(30, 1, 20, TimeSpan.FromMilliseconds(50));
}
