namespace Xopc.Testing.Telegram;

/// <summary>Sliding windows of one bot's accepted messages and edits. Used under the server's lock.</summary>
internal sealed class RateMeter
{
    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan Minute = TimeSpan.FromMinutes(1);

    private readonly Queue<DateTimeOffset> _bot = new();
    private readonly Dictionary<long, Queue<DateTimeOffset>> _perSecond = [];
    private readonly Dictionary<long, Queue<DateTimeOffset>> _perMinute = [];

    /// <exception cref="BotApiException">429 with the seconds until there is room.</exception>
    public void Take(RateLimits limits, FakeChat chat, int messages, DateTimeOffset now)
    {
        var second = Second - limits.Tolerance;
        var minute = Minute - limits.Tolerance;
        var isGroup = chat.Kind != ChatKind.Private;
        var chatSecond = Of(_perSecond, chat.Id);
        var chatMinute = Of(_perMinute, chat.Id);
        var wait = Math.Max(
            Wait(_bot, limits.PerBotAndSecond, second, messages, now),
            Math.Max(
                Wait(chatSecond, limits.PerChatAndSecond, second, 1, now),
                isGroup ? Wait(chatMinute, limits.PerGroupAndMinute, minute, messages, now) : 0));
        if (wait > 0)
        {
            throw BotApiException.TooManyRequests(wait);
        }

        // An album is one burst in its chat, and as many messages as it has to the bot and to the group.
        Add(chatSecond, limits.PerChatAndSecond, 1, now);
        Add(_bot, limits.PerBotAndSecond, messages, now);
        Add(chatMinute, isGroup ? limits.PerGroupAndMinute : 0, messages, now);
    }

    /// <summary>Whole seconds until the window has room; 0: now.</summary>
    private static int Wait(Queue<DateTimeOffset> window, int limit, TimeSpan length, int messages, DateTimeOffset now)
    {
        if (limit == 0)
        {
            return 0;
        }

        while (window.TryPeek(out var oldest) && oldest + length <= now)
        {
            window.Dequeue();
        }

        var over = window.Count + Math.Min(messages, limit) - limit;
        return over <= 0 ? 0 : Math.Max(1, (int)Math.Ceiling((window.ElementAt(over - 1) + length - now).TotalSeconds));
    }

    private static void Add(Queue<DateTimeOffset> window, int limit, int messages, DateTimeOffset now)
    {
        for (var message = 0; message < Math.Min(messages, limit); message++)
        {
            window.Enqueue(now);
        }
    }

    private static Queue<DateTimeOffset> Of(Dictionary<long, Queue<DateTimeOffset>> windows, long chat) =>
        windows.TryGetValue(chat, out var window) ? window : windows[chat] = new Queue<DateTimeOffset>();
}
