using System.Collections.Immutable;
using System.Text.RegularExpressions;

namespace Xopc.Configuration;

/// <summary>The keys that may stand both at the top of <c>channels.telegram</c> and in an account.</summary>
internal static partial class TelegramSettingsReader
{
    private const string SecretRule = "Use 16 to 256 letters, digits, dashes and underscores.";
    private const string AddressRule = "Use http://host or https://host, without a user name and without a query.";

    public static T Read<T>(ConfigSection section, Func<string, string?>? environment)
        where T : TelegramSettings, new()
    {
        _ = (section.OptionalInt("historyLimit", 0, 10_000), section.OptionalFlag("debug"));
        return new T
        {
            Enabled = section.OptionalFlag("enabled"),
            BotToken = Like(section, "botToken", BotToken(), "Use the token as BotFather gave it: digits, a colon, then letters, digits, dashes and underscores."),
            TokenFile = TokenFile(section, environment),
            ApiRoot = Address(section, "apiRoot")?.TrimEnd('/'),
            Proxy = Proxy(section),
            DmPolicy = section.OptionalChoice("dmPolicy", "pairing", "allowlist", "open", "disabled"),
            AllowFrom = Senders(section, "allowFrom"),
            GroupPolicy = section.OptionalChoice("groupPolicy", "open", "allowlist", "disabled"),
            GroupAllowFrom = Senders(section, "groupAllowFrom"),
            RequireMention = section.OptionalFlag("requireMention"),
            Groups = TelegramGroupsReader.Read(section.Section("groups")),
            ReplyToMode = section.OptionalChoice("replyToMode", "off", "first", "all"),
            StreamMode = section.OptionalChoice("streamMode", "off", "partial", "block"),
            TextChunkLimit = section.OptionalInt("textChunkLimit", 100, TelegramSettings.LongestText),
            DebounceMs = section.OptionalInt("debounceMs", 0, 10_000),
            BusyPolicy = section.OptionalChoice("busyPolicy", "queue", "steer", "interrupt"),
            QueueCapacity = section.OptionalInt("queueCapacity", 1, 1_000),
            MediaMaxMb = section.OptionalInt("mediaMaxMb", 1, TelegramSettings.LocalMediaMaxMb),
            Webhook = Webhook(section.Section("webhook")),
            PollTimeoutSeconds = section.OptionalInt("pollTimeoutSeconds", 1, 50),
            UnknownDelivery = section.OptionalChoice("unknownDelivery", "labelled", "hold"),
            DeliveryNotAfterMs = section.OptionalLong("deliveryNotAfterMs", 60_000, 604_800_000),
        };
    }

    /// <summary>The ids as they are compared: digits only, each once.</summary>
    public static ImmutableArray<string>? Senders(ConfigSection section, string key) =>
        section.Has(key) ? [.. section.Texts(key, TelegramSettings.MaxAllowed, JudgeSender).Select(text => text[(text.IndexOf(':') + 1)..]).Distinct(StringComparer.Ordinal)] : null;

    /// <summary>Older files repeat in an object what its key says already.</summary>
    public static void WarnOfOtherId(ConfigSection section, string key, string name)
    {
        if (section.TextOrNumber(key) is { } text && !section.IsUnresolved(key) && !text.Trim().Equals(name.Trim(), StringComparison.OrdinalIgnoreCase))
        {
            section.Context.Warn(section.PathOf(key), $"is {section.Shown(key)}, and the object's key is another", "The object's key counts; remove this one.");
        }
    }

    private static string? JudgeSender(string text) =>
        Sender().IsMatch(text) ? null : "Use the sender's numeric id, or *: a user name can change hands. The bot tells it in its pairing message.";

    private static string? Like(ConfigSection section, string key, Regex pattern, string rule)
    {
        if (section.Text(key, 4096) is not { } text)
        {
            return null;
        }

        if (section.IsUnresolved(key) || pattern.IsMatch(text))
        {
            return text.Trim();
        }

        section.Error(key, $"is {section.Shown(key)}", rule);
        return null;
    }

    // What a path means must not depend on where the gateway was started.
    private static string? TokenFile(ConfigSection section, Func<string, string?>? environment)
    {
        if (section.Text("tokenFile", 4096)?.Trim() is not { Length: > 0 } text)
        {
            return null;
        }

        var path = environment is null ? text : StatePaths.ExpandHome(text, environment);
        if (environment is not null && !section.IsUnresolved("tokenFile") && !Path.IsPathFullyQualified(path))
        {
            section.Error("tokenFile", $"is {section.Shown("tokenFile")}", "Use an absolute path, or one that begins with ~/.");
        }

        return path;
    }

    private static string? Address(ConfigSection section, string key)
    {
        if (section.Text(key, 4096)?.Trim() is not { Length: > 0 } text || section.IsUnresolved(key))
        {
            return null;
        }

        if (ApiRoot().IsMatch(text) && Uri.TryCreate(text, UriKind.Absolute, out _))
        {
            return text;
        }

        section.Error(key, $"is {ShownAddress(section, key, text)}", AddressRule);
        return null;
    }

    private static string? Proxy(ConfigSection section)
    {
        if (section.Text("proxy", 4096)?.Trim() is not { Length: > 0 } text || section.IsUnresolved("proxy"))
        {
            return null;
        }

        if (ProxyAddress().IsMatch(text) && Uri.TryCreate(text, UriKind.Absolute, out _))
        {
            return text;
        }

        section.Error("proxy", $"is {ShownAddress(section, "proxy", text)}", "Use http://host:port, https://host:port or socks5://host:port, with name:password@ before the host where it asks for them.");
        return null;
    }

    // Before an at sign stands a password, however the rest is misspelt.
    private static string ShownAddress(ConfigSection section, string key, string text) => text.Contains('@') ? "no such address (not shown)" : section.Shown(key);

    private static TelegramWebhookSection? Webhook(ConfigSection section)
    {
        var webhook = new TelegramWebhookSection
        {
            Url = Address(section, "url"),
            Secret = Like(section, "secret", Secret(), SecretRule),
        };
        section.WarnOfUnknown();
        if (section.IsPresent && !section.Has("url"))
        {
            section.Error("url", "is missing, and the webhook is there", "Name the public address that Telegram is to call.");
        }

        return section.IsPresent ? webhook : null;
    }

    [GeneratedRegex(ConfigPatterns.BotToken, RegexOptions.None, 100)]
    private static partial Regex BotToken();

    [GeneratedRegex(ConfigPatterns.ApiRoot, RegexOptions.None, 100)]
    private static partial Regex ApiRoot();

    [GeneratedRegex(ConfigPatterns.ProxyAddress, RegexOptions.None, 100)]
    private static partial Regex ProxyAddress();

    [GeneratedRegex(ConfigPatterns.WebhookSecret, RegexOptions.None, 100)]
    private static partial Regex Secret();

    [GeneratedRegex(ConfigPatterns.TelegramSender, RegexOptions.None, 100)]
    private static partial Regex Sender();
}
