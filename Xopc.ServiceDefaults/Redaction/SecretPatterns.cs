using System.Text.RegularExpressions;

namespace Xopc.ServiceDefaults.Redaction;

/// <summary>
/// The shapes secrets have in free text. None of the patterns begins with an open repetition, so a hostile line costs linear time; the 100 ms limit
/// is the second line of defence and <see cref="Redactor"/> withholds the text when it strikes.
/// </summary>
internal static partial class SecretPatterns
{
    private const int Limit = 100;

    // GATEWAY_TOKEN=abc   "apiKey":"abc"   \"password\": \"a b\"   Authorization: Bearer abc   credentials: {…}   ?token=abc
    private const string Named =
        """(?<name>(?:[A-Z0-9]_KEY|(?i:api[_-]?keys?|access[_-]?key|private[_-]?key|token|secret|password|passwd|passphrase|credentials?|authorization)))""" +
        """(?<separator>\\*["']?\s{0,8}(?:=>|[:=])\s{0,8}(?:(?i:bearer|basic|digest|negotiate|bot|token|apikey)\s{1,8})?)""" +
        """(?<value>"(?:[^"\\]|\\.)*"?|\\+"[^"\\]*(?:\\+")?|'[^']*'?|\{[^{}]*\}?|\[[^\[\]]*\]?|[^\s"'\\,;&<>{}\[\]()|]+)""";

    // AKIA…, AIza…, gh?_…, xoxb-…: what the issuers document as prefixes
    private const string Prefixed =
        """(?<![A-Za-z0-9])(?:sk-[A-Za-z0-9_-]{4,}|gh[pousr]_[A-Za-z0-9]{4,}|github_pat_[A-Za-z0-9_]{4,}|glpat-[A-Za-z0-9_-]{4,}|xox[a-z]-[A-Za-z0-9-]{4,}""" +
        """|hf_[A-Za-z0-9]{8,}|AKIA[A-Z0-9]{12,}|AIza[A-Za-z0-9_-]{16,}|eyJ[A-Za-z0-9_-]{6,}\.[A-Za-z0-9_-]+(?:\.[A-Za-z0-9_-]*)?)""";

    public static string Mask(string text)
    {
        text = PrivateKey().Replace(text, "[private key]");
        text = Cookie().Replace(text, $"${{name}}{Redactor.Hidden}");
        text = BotPath().Replace(text, $"/bot{Redactor.Hidden}");
        text = NamedValue().Replace(text, MaskNamed);
        text = Scheme().Replace(text, m => m.Groups["scheme"].Value + Redactor.MaskValue(m.Groups["value"].Value));
        text = UserInfo().Replace(text, $"${{before}}{Redactor.Hidden}@");
        text = QueryCode().Replace(text, $"${{name}}{Redactor.Hidden}");
        text = PrefixedKey().Replace(text, m => Redactor.MaskValue(m.Value));
        return BotToken().Replace(text, m => Redactor.MaskValue(m.Value));
    }

    private static string MaskNamed(Match match)
    {
        var name = match.Groups["name"].Value;
        var value = match.Groups["value"].Value;
        var quote = value.IndexOfAny(['"', '\'']) is var at and >= 0 && at < 8 && value[..at].All(c => c == '\\') ? value[..(at + 1)] : "";
        var bare = value.Trim('\\', '"', '\'');
        var hidden = name.StartsWith("pass", StringComparison.OrdinalIgnoreCase) || bare is ['{' or '[', ..] ? Redactor.Hidden : Redactor.MaskValue(bare);
        return name + match.Groups["separator"].Value + quote + hidden + (quote.Length > 0 && value.Length > quote.Length && value.EndsWith(quote, StringComparison.Ordinal) ? quote : "");
    }

    // -----BEGIN RSA PRIVATE KEY----- … -----END RSA PRIVATE KEY-----, also cut off in the middle
    [GeneratedRegex("""-----BEGIN [A-Z ]{0,24}PRIVATE KEY[\s\S]*?(?:-----END [A-Z ]{0,24}PRIVATE KEY-----|\z)""", RegexOptions.None, Limit)]
    private static partial Regex PrivateKey();

    [GeneratedRegex("""(?<name>(?i:\bcookie)["']?\s{0,8}[:=]\s{0,8})[^\r\n"]+""", RegexOptions.None, Limit)]
    private static partial Regex Cookie();

    // https://api.telegram.org/bot123456:AA…/getMe and /file/bot…/
    [GeneratedRegex("""/bot[0-9]+(?::|%3[aA])[^/\s?#"']*""", RegexOptions.None, Limit)]
    private static partial Regex BotPath();

    [GeneratedRegex(Named, RegexOptions.None, Limit)]
    private static partial Regex NamedValue();

    // "Bearer token" and "basic authentication" are English, not credentials
    [GeneratedRegex("""(?<scheme>\b(?i:bearer|basic)\s{1,8})(?!(?i:token|auth|credential|scheme|mode)[a-z]*\b)(?<value>[A-Za-z0-9._~+/=-]{4,})""", RegexOptions.None, Limit)]
    private static partial Regex Scheme();

    // redis://user:secret@host
    [GeneratedRegex("""(?<before>://[^/\s:@"']{0,128}:)[^/\s@"']+@""", RegexOptions.None, Limit)]
    private static partial Regex UserInfo();

    [GeneratedRegex("""(?<name>[?&](?i:code|sig|signature|key|auth|ticket)=)[^&\s#"'<>]+""", RegexOptions.None, Limit)]
    private static partial Regex QueryCode();

    [GeneratedRegex(Prefixed, RegexOptions.None, Limit)]
    private static partial Regex PrefixedKey();

    // 123456789:AAE…, 35 characters after the colon in Telegram's current form
    [GeneratedRegex("""(?<![0-9])[0-9]{6,12}(?::|%3[aA])[A-Za-z0-9_-]{30,}""", RegexOptions.None, Limit)]
    private static partial Regex BotToken();
}
