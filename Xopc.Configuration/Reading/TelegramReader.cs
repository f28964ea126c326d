using System.Collections.Immutable;
using System.Text.Json;

namespace Xopc.Configuration;

/// <summary><c>channels.telegram</c>: what stands at the top is filled into every account, so whoever runs one need not know where it was written.</summary>
internal static class TelegramReader
{
    // A bot is one identity with one place where its updates arrive: that cannot be said for several at once.
    private static readonly string[] OfOneAccount = ["botToken", "tokenFile", "webhook"];

    public static TelegramConfig Read(ConfigSection section, Func<string, string?>? environment)
    {
        var top = TelegramSettingsReader.Read<TelegramSection>(section, environment);
        var accounts = Accounts(section.Section("accounts"), environment);
        section.WarnOfUnknown();
        if (accounts.Count > 0)
        {
            WarnOfUnused(section);
        }
        else
        {
            var single = new TelegramAccountSection { Enabled = top.Enabled, BotToken = top.BotToken, TokenFile = top.TokenFile, Webhook = top.Webhook };
            accounts[TelegramConfig.DefaultAccount] = (section, single);
        }

        var enabled = top.Enabled ?? accounts.Values.Any(account => HasToken(account.Section));
        var compiled = ImmutableSortedDictionary.CreateBuilder<string, TelegramAccountConfig>(StringComparer.Ordinal);
        foreach (var (id, (row, account)) in accounts)
        {
            compiled[id] = Compile(id, enabled, top, account, section, row);
        }

        CheckUnique(accounts, compiled);
        return new TelegramConfig { Enabled = enabled, Accounts = compiled.ToImmutable() };
    }

    private static SortedDictionary<string, (ConfigSection Section, TelegramAccountSection Account)> Accounts(ConfigSection section, Func<string, string?>? environment)
    {
        var accounts = new SortedDictionary<string, (ConfigSection, TelegramAccountSection)>(StringComparer.Ordinal);
        foreach (var (name, row) in section.Sections(TelegramSection.MaxAccounts))
        {
            var account = TelegramSettingsReader.Read<TelegramAccountSection>(row, environment) with { Name = row.Text("name", 128)?.Trim() };
            TelegramSettingsReader.WarnOfOtherId(row, "accountId", name);
            row.WarnOfUnknown();
            if (!Ids.IsId(name))
            {
                section.Error(name, "is not an account id", Ids.Rule);
            }
            else if (!accounts.TryAdd(name.ToLowerInvariant(), (row, account)))
            {
                section.Error(name, "is there twice, in different letter case", "Keep one of them.");
            }
        }

        return accounts;
    }

    private static void WarnOfUnused(ConfigSection section)
    {
        foreach (var key in OfOneAccount.Where(key => IsSet(section, key)))
        {
            section.Context.Warn(section.PathOf(key), "has no effect, since there are accounts", "Move it into one of them.");
        }
    }

    private static bool HasToken(ConfigSection section) => IsSet(section, "botToken") || IsSet(section, "tokenFile");

    // Also what is set wrongly: that is an error of its own.
    private static bool IsSet(ConfigSection section, string key) =>
        section.TryGet(key, out var value) && !(value.ValueKind == JsonValueKind.String && string.IsNullOrWhiteSpace(value.GetString()));

    private static TelegramAccountConfig Compile(
        string id, bool channelEnabled, TelegramSection top, TelegramAccountSection own, ConfigSection topSection, ConfigSection section)
    {
        var builtIn = TelegramSection.BuiltIn;
        var account = new TelegramAccountConfig
        {
            AccountId = id,
            Name = own.Name ?? id,
            Enabled = channelEnabled && (own.Enabled ?? true),
            BotToken = own.BotToken,
            TokenFile = own.TokenFile,
            ApiRoot = own.ApiRoot ?? top.ApiRoot ?? builtIn.ApiRoot!,
            Proxy = own.Proxy ?? top.Proxy,
            DmPolicy = own.DmPolicy ?? top.DmPolicy ?? builtIn.DmPolicy!,
            AllowFrom = Both(top.AllowFrom, own.AllowFrom),
            GroupPolicy = own.GroupPolicy ?? top.GroupPolicy ?? builtIn.GroupPolicy!,
            GroupAllowFrom = Both(top.GroupAllowFrom, own.GroupAllowFrom),
            RequireMention = own.RequireMention ?? top.RequireMention ?? builtIn.RequireMention!.Value,
            ReplyToMode = own.ReplyToMode ?? top.ReplyToMode ?? builtIn.ReplyToMode!,
            StreamMode = own.StreamMode ?? top.StreamMode ?? builtIn.StreamMode!,
            TextChunkLimit = own.TextChunkLimit ?? top.TextChunkLimit ?? builtIn.TextChunkLimit!.Value,
            DebounceMs = own.DebounceMs ?? top.DebounceMs ?? builtIn.DebounceMs!.Value,
            BusyPolicy = own.BusyPolicy ?? top.BusyPolicy ?? builtIn.BusyPolicy!,
            QueueCapacity = own.QueueCapacity ?? top.QueueCapacity ?? builtIn.QueueCapacity!.Value,
            MediaMaxMb = own.MediaMaxMb ?? top.MediaMaxMb ?? builtIn.MediaMaxMb!.Value,
            Webhook = Webhook(own.Webhook, id),
            PollTimeoutSeconds = own.PollTimeoutSeconds ?? top.PollTimeoutSeconds ?? builtIn.PollTimeoutSeconds!.Value,
            UnknownDelivery = own.UnknownDelivery ?? top.UnknownDelivery ?? builtIn.UnknownDelivery!,
            DeliveryNotAfterMs = own.DeliveryNotAfterMs ?? top.DeliveryNotAfterMs ?? builtIn.DeliveryNotAfterMs!.Value,
        };
        account = account with { Groups = TelegramGroupsReader.Compile(top.Groups, own.Groups, account) };
        Check(account, topSection, section);
        return account;
    }

    private static ImmutableArray<string> Both(ImmutableArray<string>? top, ImmutableArray<string>? own) => [.. (top ?? []).Union(own ?? [], StringComparer.Ordinal)];

    private static TelegramWebhookConfig? Webhook(TelegramWebhookSection? webhook, string account) =>
        webhook is { Url: { } url }
            ? new TelegramWebhookConfig(Uri.TryCreate(url, UriKind.Absolute, out var uri) && uri.AbsolutePath == "/" ? url.TrimEnd('/') + TelegramWebhookConfig.PathOf(account) : url, webhook.Secret)
            : null;

    // What holds between the keys of one account, wherever each was written.
    private static void Check(TelegramAccountConfig account, ConfigSection top, ConfigSection section)
    {
        if (IsSet(section, "botToken") && IsSet(section, "tokenFile"))
        {
            section.Error("tokenFile", "is there beside botToken", "Keep one of them.");
        }
        else if (account.Enabled && !HasToken(section))
        {
            section.Error("botToken", $"is missing, and the account {account.AccountId} is enabled", "Set botToken or tokenFile, or set enabled to false.");
        }

        var isPublic = IsPublic(account.ApiRoot);
        var place = section.Has("mediaMaxMb") ? section : top;
        if (isPublic && account.MediaMaxMb > TelegramSettings.PublicMediaMaxMb && !top.Context.Errors.Exists(error => error.Path == place.PathOf("mediaMaxMb")))
        {
            place.Error(
                "mediaMaxMb", $"is {place.Shown("mediaMaxMb")}, and Telegram's own server gives out {TelegramSettings.PublicMediaMaxMb}", $"Use 1 to {TelegramSettings.PublicMediaMaxMb}, or name a Bot API server of your own in apiRoot.");
        }

        if (isPublic && account.Webhook is { } webhook && !webhook.Url.StartsWith("https:", StringComparison.OrdinalIgnoreCase) && !section.Section("webhook").IsUnresolved("url"))
        {
            section.Section("webhook").Error("url", "is not an https address", "Telegram's own server calls https only.");
        }

        if (account is { Enabled: true, DmPolicy: "allowlist", AllowFrom: [] })
        {
            section.Context.Warn(section.PathOf("allowFrom"), "is empty, and dmPolicy is allowlist", "Nobody may write to the bot: list the ids of people, or use pairing.");
        }
    }

    private static bool IsPublic(string apiRoot) => Uri.TryCreate(apiRoot, UriKind.Absolute, out var uri) && uri.Host.Equals("api.telegram.org", StringComparison.OrdinalIgnoreCase);

    // Two pollers of one bot take each other's updates, and two accounts at one address get each other's.
    private static void CheckUnique(
        SortedDictionary<string, (ConfigSection Section, TelegramAccountSection Account)> accounts, ImmutableSortedDictionary<string, TelegramAccountConfig>.Builder compiled)
    {
        var owners = new Dictionary<(string Key, string Value), string>();
        foreach (var (id, account) in compiled)
        {
            foreach (var (key, value) in new[] { ("botToken", account.BotToken), ("tokenFile", account.TokenFile), ("webhook.url", account.Webhook?.Url) })
            {
                if (value is not null && !owners.TryAdd((key, value), id))
                {
                    accounts[id].Section.Error(key, $"is the same for the accounts {owners[(key, value)]} and {id}", "Give each account its own, or remove one of them.");
                }
            }
        }
    }
}
