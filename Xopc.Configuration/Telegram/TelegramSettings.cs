using System.Collections.Immutable;
using System.ComponentModel;
using System.ComponentModel.DataAnnotations;

namespace Xopc.Configuration;

/// <summary>What the file may say both for all accounts and in one; null: it does not. The schema is made of it.</summary>
internal abstract record TelegramSettings
{
    public const string PublicApi = "https://api.telegram.org";
    public const int LongestText = 4096;

    /// <summary>What getFile of the public server gives out.</summary>
    public const int PublicMediaMaxMb = 20;

    public const int LocalMediaMaxMb = 2_000;
    public const int MaxAllowed = 1_000;
    public const int MaxGroups = 1_000;

    [Description("Whether it is connected. At the top: true once there is a token; in an account: true.")]
    public bool? Enabled { get; init; }

    [Description("Token of the bot, as BotFather gave it.")]
    [RegularExpression(ConfigPatterns.BotToken)]
    public string? BotToken { get; init; }

    [Description("File with the token, in place of botToken.")]
    [StringLength(4096)]
    public string? TokenFile { get; init; }

    [Description("Address of the Bot API server.")]
    [RegularExpression(ConfigPatterns.ApiRoot)]
    public string? ApiRoot { get; init; }

    [Description("Proxy to the Bot API server: http, https or socks5.")]
    [RegularExpression(ConfigPatterns.ProxyAddress)]
    public string? Proxy { get; init; }

    [Description("Who may write to the bot directly.")]
    [AllowedValues("pairing", "allowlist", "open", "disabled")]
    public string? DmPolicy { get; init; }

    [Description("Ids of people who may write to the bot, or *.")]
    [MaxLength(MaxAllowed)]
    [ItemsLike(ConfigPatterns.TelegramSender)]
    public ImmutableArray<string>? AllowFrom { get; init; }

    [Description("Who may use the bot in groups.")]
    [AllowedValues("open", "allowlist", "disabled")]
    public string? GroupPolicy { get; init; }

    [Description("Ids of people who may use the bot in groups, or *; empty: those of allowFrom.")]
    [MaxLength(MaxAllowed)]
    [ItemsLike(ConfigPatterns.TelegramSender)]
    public ImmutableArray<string>? GroupAllowFrom { get; init; }

    [Description("Whether in groups the bot answers only who mentions it.")]
    public bool? RequireMention { get; init; }

    [Description("Chat id to what differs in that group.")]
    [MaxLength(MaxGroups)]
    public ImmutableSortedDictionary<string, TelegramGroupSection>? Groups { get; init; }

    [Description("Which parts of an answer are replies to the message.")]
    [AllowedValues("off", "first", "all")]
    public string? ReplyToMode { get; init; }

    [Description("Whether an answer is shown while it grows.")]
    [AllowedValues("off", "partial", "block")]
    public string? StreamMode { get; init; }

    [Description("Longest message, in UTF-16 units.")]
    [Range(100, LongestText)]
    public int? TextChunkLimit { get; init; }

    [Description("How long short texts wait for the next one, in milliseconds; 0: not at all.")]
    [Range(0, 10_000)]
    public int? DebounceMs { get; init; }

    [Description("What becomes of a message while the session answers.")]
    [AllowedValues("queue", "steer", "interrupt")]
    public string? BusyPolicy { get; init; }

    [Description("Messages that may wait in one session.")]
    [Range(1, 1_000)]
    public int? QueueCapacity { get; init; }

    [Description("Largest file that is taken, in megabytes; above 20 with a Bot API server of one's own only.")]
    [Range(1, LocalMediaMaxMb)]
    public int? MediaMaxMb { get; init; }

    [Description("Updates are brought by Telegram; absent: they are asked for.")]
    public TelegramWebhookSection? Webhook { get; init; }

    [Description("How long one question for updates stays open, in seconds.")]
    [Range(1, 50)]
    public int? PollTimeoutSeconds { get; init; }

    [Description("What becomes of a message that may have been sent or not.")]
    [AllowedValues("labelled", "hold")]
    public string? UnknownDelivery { get; init; }

    [Description("Age at which a message is no longer sent, in milliseconds.")]
    [Range(60_000, 604_800_000)]
    public long? DeliveryNotAfterMs { get; init; }

    [Description("Of older files; has no effect.")]
    [Range(0, 10_000)]
    public int? HistoryLimit { get; init; }

    [Description("Of older files; has no effect.")]
    public bool? Debug { get; init; }
}
