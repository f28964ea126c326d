using System.Globalization;
using Xopc.Channels.Deliveries;

namespace Xopc.Channels.Telegram;

/// <summary>What the Bot API said instead of yes: <c>{"ok":false,"error_code":400,"description":"Bad Request: chat not found"}</c>. Nobody saw anything.</summary>
internal readonly record struct TelegramRefusal(int Code, string Description, int? RetryAfter = null, long? MigrateTo = null)
{
    private const int LongestReason = 200;

    /// <summary>The text may go without its form.</summary>
    public bool IsOfFormat => Code == 400 && (Says("can't parse entities") || Says("entity beginning") || Says("ENTITIES_TOO_LONG") || Says("ENTITY_"));

    /// <summary>The message may go outside of its topic.</summary>
    public bool IsOfThread => Code == 400 && (Says("message thread not found") || Says("TOPIC_CLOSED") || Says("TOPIC_DELETED"));

    /// <summary>What was to be written stands there already.</summary>
    public bool IsUnchanged => Code == 400 && Says("message is not modified");

    /// <summary>Trying again may help.</summary>
    public bool IsForNow => Code is 401 or 404 or 429 or >= 500;

    private bool IsOfPeer => Code == 403 || (Code == 400 && (Says("chat not found") || Says("PEER_ID_INVALID") || Says("group chat was deactivated")));

    /// <summary>What it means for a message.</summary>
    public SendResult ToResult()
    {
        if (MigrateTo is { } peer)
        {
            return new SendResult.Moved(peer.ToString(CultureInfo.InvariantCulture));
        }

        return Code switch
        {
            429 => new SendResult.Later($"Telegram asks for a pause of {RetryAfter ?? 1} s.", TimeSpan.FromSeconds(RetryAfter ?? 1)),
            401 or 404 => new SendResult.Later("Telegram refuses the bot's token; it has to be renewed in the configuration.", OfAccount: true),
            >= 500 => new SendResult.Later($"Telegram has a fault of its own ({Code})."),
            _ => new SendResult.Refused(Reason, IsOfPeer),
        };
    }

    private string Reason => Description.Length <= LongestReason ? Description : Description[..LongestReason] + "…";

    private bool Says(string words) => Description.Contains(words, StringComparison.OrdinalIgnoreCase);
}
