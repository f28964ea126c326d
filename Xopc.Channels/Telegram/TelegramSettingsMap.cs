using System.Collections.Immutable;
using System.Security.Cryptography;
using System.Text;
using Xopc.Channels.Accounts;
using Xopc.Channels.Deliveries;
using Xopc.Channels.Intake;
using Xopc.Channels.Previews;
using Xopc.Configuration;

namespace Xopc.Channels.Telegram;

/// <summary>The bots of the configuration in the terms of all channels.</summary>
internal static class TelegramSettingsMap
{
    public const string Channel = "telegram";

    private const int LongestToken = 256;

    /// <summary>In the order of their ids. Of two usable accounts with one token the second cannot run: Telegram gives its updates to one poll only.</summary>
    public static IReadOnlyList<AccountSettings> Of(TelegramConfig? config)
    {
        var owners = new Dictionary<string, string>(StringComparer.Ordinal);
        var all = new List<AccountSettings>();
        foreach (var account in config?.Accounts.Values ?? [])
        {
            var settings = Of(account);
            if (settings is { Enabled: true, Unusable: null } && !owners.TryAdd(settings.OwnershipKey, account.AccountId))
            {
                settings = settings with { Unusable = $"The account '{account.AccountId}' of 'telegram' has the token of the account '{owners[settings.OwnershipKey]}'." };
            }

            all.Add(settings);
        }

        return all;
    }

    private static TelegramAccountSettings Of(TelegramAccountConfig account)
    {
        var (token, unusable) = TokenOf(account);
        return new TelegramAccountSettings(account.AccountId, token.Length == 0 ? "" : $"{Channel}:{Fingerprint(token)}", account, token)
        {
            Name = account.Name,
            Enabled = account.Enabled,
            Unusable = unusable,
            Access = AccessOf(account),
            Debounce = TimeSpan.FromMilliseconds(account.DebounceMs),
            Busy = account.BusyPolicy,
            Preview = account.StreamMode switch { "partial" => PreviewMode.Partial, "block" => PreviewMode.Block, _ => PreviewMode.Off },
            MediaMaxBytes = account.MediaMaxMb * 1024L * 1024,
            Unknown = account.UnknownDelivery == "hold" ? UnknownPolicy.Hold : UnknownPolicy.Labelled,
            NotAfter = TimeSpan.FromMilliseconds(account.DeliveryNotAfterMs),
        };
    }

    private static (string Token, string? Unusable) TokenOf(TelegramAccountConfig account)
    {
        if (account.TokenFile is not { } path || !account.Enabled)
        {
            return (account.BotToken ?? "", account.Enabled && string.IsNullOrEmpty(account.BotToken) ? $"{KeyOf(account)} has no token." : null);
        }

        try
        {
            using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
            Span<byte> buffer = stackalloc byte[LongestToken + 3]; // one more than a token with its line end
            var token = Encoding.ASCII.GetString(buffer[..file.ReadAtLeast(buffer, buffer.Length, throwOnEndOfStream: false)]).Trim();
            return IsToken(token) ? (token, null) : ("", $"{KeyOf(account)}.tokenFile: {path} does not hold a bot's token.");
        }
        catch (Exception ex) when (ex is IOException or UnauthorizedAccessException or NotSupportedException or ArgumentException)
        {
            return ("", $"{KeyOf(account)}.tokenFile: {path} cannot be read.");
        }
    }

    // It becomes a part of a path.
    private static bool IsToken(string text) => text.Length is > 0 and <= LongestToken && text.All(c => char.IsAsciiLetterOrDigit(c) || c is ':' or '_' or '-');

    private static string KeyOf(TelegramAccountConfig account) => $"channels.telegram.accounts.{account.AccountId}";

    private static string Fingerprint(string token) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(token)).AsSpan(0, 8));

    private static AccessRules AccessOf(TelegramAccountConfig account) => new()
    {
        DmPolicy = account.DmPolicy,
        GroupPolicy = account.GroupPolicy,
        AllowFrom = account.AllowFrom,
        GroupAllowFrom = account.GroupAllowFrom,
        RequireMention = account.RequireMention,
        Groups = PlacesOf(account.Groups),
    };

    private static ImmutableDictionary<string, PlaceRules> PlacesOf(ImmutableSortedDictionary<string, TelegramGroupConfig> groups) =>
        groups.ToImmutableDictionary(
            group => group.Key,
            group => new PlaceRules
            {
                Enabled = group.Value.Enabled,
                RequireMention = group.Value.RequireMention,
                GroupPolicy = group.Value.GroupPolicy,
                AllowFrom = group.Value.AllowFrom,
                Topics = PlacesOf(group.Value.Topics),
            },
            StringComparer.Ordinal);
}
