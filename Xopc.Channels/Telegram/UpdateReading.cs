using System.Globalization;
using System.Text.Json;
using Telegram.Bot;
using Telegram.Bot.Types;
using Xopc.Channels.Intake;

namespace Xopc.Channels.Telegram;

/// <summary>
/// Updates as they came, one by one: one that cannot be read must not hold up those behind it for ever. It is said, and passed.
/// </summary>
/// <param name="prefix">See <see cref="BotOfAccount"/>.</param>
internal sealed partial class UpdateReading(string account, User me, string prefix, ILogger log)
{
    /// <summary>The update's id; null: it has none. What a person said in it is added to <paramref name="messages"/>.</summary>
    public int? Take(JsonElement json, List<InboundMessage> messages)
    {
        if (json.ValueKind != JsonValueKind.Object || !json.TryGetProperty("update_id", out var number) || number.ValueKind != JsonValueKind.Number
            || !number.TryGetInt32(out var id) || id == int.MaxValue)
        {
            return null;
        }

        try
        {
            if (JsonSerializer.Deserialize<Update>(json, JsonBotAPI.Options) is { } update && TelegramUpdates.Read(update, account, me) is { } message)
            {
                messages.Add(message with { Id = $"{prefix}:{id.ToString(CultureInfo.InvariantCulture)}" });
            }
        }
        catch (Exception ex) when (ex is not OutOfMemoryException) // whatever it is, it would come again
        {
            LogUnreadable(account, id, ex.GetType().Name);
        }

        return id;
    }

    [LoggerMessage(LogLevel.Error, "Account {Account}: the update {Update} cannot be read and is passed over ({Cause})")]
    private partial void LogUnreadable(string account, int update, string cause);
}
