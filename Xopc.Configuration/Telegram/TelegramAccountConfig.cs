using System.Collections.Immutable;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Xopc.Configuration;

/// <summary>
/// One bot: nothing is left to inherit. Two are equal when everything in them is, lists and groups included, so a reload tells which accounts changed.
/// </summary>
public sealed record TelegramAccountConfig
{
    public required string AccountId { get; init; }

    /// <summary>For people; the id when none is written.</summary>
    public required string Name { get; init; }

    /// <summary>Also false when the whole channel is switched off. An enabled account has a token or a file with one.</summary>
    public bool Enabled { get; init; }

    /// <summary>Secret. Never together with <see cref="TokenFile"/>.</summary>
    public string? BotToken { get; init; }

    /// <summary>Absolute path of a file with the token, read when the account starts.</summary>
    public string? TokenFile { get; init; }

    /// <summary>Without a slash at the end.</summary>
    public string ApiRoot { get; init; } = TelegramSettings.PublicApi;

    /// <summary>Whether <see cref="ApiRoot"/> is Telegram's own.</summary>
    [JsonIgnore]
    public bool IsPublicApi => ApiRoot == TelegramSettings.PublicApi;

    /// <summary>May hold a password.</summary>
    public string? Proxy { get; init; }

    /// <summary><c>pairing</c>, <c>allowlist</c>, <c>open</c>, <c>disabled</c>.</summary>
    public string DmPolicy { get; init; } = "pairing";

    /// <summary>Ids of senders, digits only, or <c>*</c>.</summary>
    public ImmutableArray<string> AllowFrom { get; init; } = [];

    /// <summary><c>open</c>, <c>allowlist</c>, <c>disabled</c>.</summary>
    public string GroupPolicy { get; init; } = "open";

    /// <summary>As <see cref="AllowFrom"/>, which counts in its place when it is empty.</summary>
    public ImmutableArray<string> GroupAllowFrom { get; init; } = [];

    public bool RequireMention { get; init; } = true;

    /// <summary>Chat id, as <c>-1001234567890</c> → group. A group that is not in it is judged by the account.</summary>
    public ImmutableSortedDictionary<string, TelegramGroupConfig> Groups { get; init; } = ImmutableSortedDictionary.Create<string, TelegramGroupConfig>(StringComparer.Ordinal);

    /// <summary><c>off</c>, <c>first</c>, <c>all</c>.</summary>
    public string ReplyToMode { get; init; } = "off";

    /// <summary><c>off</c>, <c>partial</c>, <c>block</c>.</summary>
    public string StreamMode { get; init; } = "partial";

    /// <summary>UTF-16 units of a message.</summary>
    public int TextChunkLimit { get; init; } = TelegramSettings.LongestText;

    public int DebounceMs { get; init; } = 300;

    /// <summary><c>queue</c>, <c>steer</c>, <c>interrupt</c>.</summary>
    public string BusyPolicy { get; init; } = "queue";

    public int QueueCapacity { get; init; } = 20;

    public int MediaMaxMb { get; init; } = TelegramSettings.PublicMediaMaxMb;

    /// <summary>Null: long polling.</summary>
    public TelegramWebhookConfig? Webhook { get; init; }

    public int PollTimeoutSeconds { get; init; } = 25;

    /// <summary><c>labelled</c>, <c>hold</c>.</summary>
    public string UnknownDelivery { get; init; } = "labelled";

    public long DeliveryNotAfterMs { get; init; } = 86_400_000;

    // Over the JSON form, because it has every property there is and will be; the arrays in a record are compared by reference.
    public bool Equals(TelegramAccountConfig? other) =>
        ReferenceEquals(this, other) || (other is not null && AccountId == other.AccountId && Form().AsSpan().SequenceEqual(other.Form()));

    public override int GetHashCode() => HashCode.Combine(AccountId, Enabled, BotToken, TokenFile);

    private byte[] Form() => JsonSerializer.SerializeToUtf8Bytes(this, ConfigurationJson.Default.TelegramAccountConfig);

    private bool PrintMembers(StringBuilder text)
    {
        text.Append("AccountId = ").Append(AccountId).Append(", Enabled = ").Append(Enabled).Append(", BotToken = ").Append(BotToken is null ? "unset" : "***");
        return true;
    }
}
