namespace Xopc.Configuration;

/// <summary>What the readers accept, as patterns for the schema. Blanks around a value are trimmed.</summary>
internal static class ConfigPatterns
{
    /// <summary>As <see cref="Ids"/>; which words are reserved only the reader says.</summary>
    public const string Id = @"^\s*[A-Za-z0-9]([A-Za-z0-9_-]{0,62}[A-Za-z0-9_])?\s*$";

    public const string ModelReference = @"^\s*[^\s/]+/\S+\s*$";

    public const string TimeOfDay = @"^\s*([01][0-9]|2[0-3]):[0-5][0-9]\s*$";

    /// <summary>It becomes a part of a path.</summary>
    public const string BotToken = @"^\s*[A-Za-z0-9:_-]{1,256}\s*$";

    public const string ApiRoot = @"^\s*[Hh][Tt][Tt][Pp][Ss]?://[^\s/?#@]+(/[^\s?#@]*)?\s*$";

    public const string ProxyAddress = @"^\s*([Hh][Tt][Tt][Pp][Ss]?|[Ss][Oo][Cc][Kk][Ss]5)://([^\s/?#@]+@)?[^\s/?#@]+/?\s*$";

    public const string WebhookSecret = @"^\s*[A-Za-z0-9_-]{16,256}\s*$";

    /// <summary>The id of a person or of a channel that writes, or anybody.</summary>
    public const string TelegramSender = @"^\s*(\*|(([Tt][Ee][Ll][Ee][Gg][Rr][Aa][Mm]|[Tt][Gg]):)?-?[0-9]{1,20})\s*$";

    /// <summary>A text with a reference stands for whatever the variable holds, also for a number or a word of a list.</summary>
    public const string Reference = @"\$\{[A-Z_][A-Z0-9_]*\}";
}
