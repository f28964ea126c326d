using System.Collections.Immutable;
using System.ComponentModel;
using System.ComponentModel.DataAnnotations;

namespace Xopc.Configuration;

/// <summary><c>channels.telegram</c> as the file has it.</summary>
internal sealed record TelegramSection : TelegramSettings
{
    public const int MaxAccounts = 100;

    /// <summary>What a file that says nothing means: the defaults of <see cref="TelegramAccountConfig"/>.</summary>
    public static TelegramSection BuiltIn { get; } = Of(new TelegramAccountConfig { AccountId = "", Name = "" });

    [Description("Account id to what differs for that bot; absent or empty: one bot, called default.")]
    [MaxLength(MaxAccounts)]
    public ImmutableSortedDictionary<string, TelegramAccountSection>? Accounts { get; init; }

    private static TelegramSection Of(TelegramAccountConfig account) => new()
    {
        ApiRoot = account.ApiRoot,
        DmPolicy = account.DmPolicy,
        AllowFrom = account.AllowFrom,
        GroupPolicy = account.GroupPolicy,
        GroupAllowFrom = account.GroupAllowFrom,
        RequireMention = account.RequireMention,
        ReplyToMode = account.ReplyToMode,
        StreamMode = account.StreamMode,
        TextChunkLimit = account.TextChunkLimit,
        DebounceMs = account.DebounceMs,
        BusyPolicy = account.BusyPolicy,
        QueueCapacity = account.QueueCapacity,
        MediaMaxMb = account.MediaMaxMb,
        PollTimeoutSeconds = account.PollTimeoutSeconds,
        UnknownDelivery = account.UnknownDelivery,
        DeliveryNotAfterMs = account.DeliveryNotAfterMs,
    };
}
