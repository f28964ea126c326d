using System.Buffers;
using System.Text.RegularExpressions;

namespace Xopc.ServiceDefaults.Redaction;

/// <summary>
/// Takes secrets out of everything that leaves the process as telemetry: console, files, OTLP logs, span tags, health descriptions.
/// A secret is known by where it stands (<c>apiKey</c>, <c>Authorization: Bearer</c>, <c>?token=</c>), by its shape (<c>sk-…</c>, bot tokens, PEM) or because
/// it is in the <see cref="SecretRegistry"/>.
/// </summary>
/// <param name="secrets">Live secrets: masked always.</param>
/// <param name="patterns">False only where the operator set <c>XOPC_LOG_REDACTION=false</c>: names and shapes are left alone then.</param>
public sealed class Redactor(SecretRegistry secrets, bool patterns = true)
{
    internal const string Hidden = "***";
    private const int ShownFrom = 18;

    private static readonly SearchValues<string> Suspicious = SearchValues.Create(
        [
            "token", "secret", "passw", "passphrase", "key", "credential", "authorization", "bearer", "basic", "cookie", "sk-", "ghp_", "gho_", "ghu_",
            "ghs_", "ghr_", "github_pat_", "glpat-", "xox", "hf_", "AKIA", "AIza", "eyJ", "/bot", "code=", "sig", "auth=", "ticket=", "@",
        ],
        StringComparison.OrdinalIgnoreCase);

    /// <summary>The text without its secrets; the same instance where there is none.</summary>
    public string Redact(string text)
    {
        text = secrets.Mask(text);
        if (!patterns || !(text.AsSpan().ContainsAny(Suspicious) || MayHoldBotToken(text)))
        {
            return text;
        }

        try
        {
            return SecretPatterns.Mask(text);
        }
        catch (RegexMatchTimeoutException)
        {
            return "[withheld: the text could not be searched for secrets in time]";
        }
    }

    /// <summary>As <see cref="Redact(string)"/>, of at most <paramref name="limit"/> characters; a cut never leaves half a secret behind.</summary>
    public string Redact(string text, int limit)
    {
        if (text.Length <= limit)
        {
            return Redact(text);
        }

        // The window reaches past the limit, so that a secret lying across it is seen whole. The window's own end may cut a secret too, and masking
        // shortens the text before it: what came from the overlap never stays.
        const int Overlap = 4096;
        var whole = text.Length <= limit + Overlap;
        var clean = Redact(whole ? text : text[..(limit + Overlap)]);
        var end = Math.Min(limit, whole ? clean.Length : Math.Max(0, clean.Length - Overlap));
        return $"{clean.AsSpan(0, end > 0 && char.IsHighSurrogate(clean[end - 1]) ? end - 1 : end)}… [{text.Length - end} more characters]";
    }

    /// <summary>Whether a field of this name is masked as a whole.</summary>
    public bool IsSecretName(ReadOnlySpan<char> name) => patterns && SecretNames.IsSecret(name);

    /// <summary>Below 18 characters <c>***</c>, else the first six and the last four, enough to tell two keys apart.</summary>
    public static string MaskValue(string secret) => secret.Length < ShownFrom ? Hidden : $"{secret.AsSpan(0, 6)}…{secret.AsSpan(secret.Length - 4)}";

    private static bool MayHoldBotToken(ReadOnlySpan<char> text)
    {
        for (var from = 0; from < text.Length;)
        {
            var at = text[from..].IndexOfAny(':', '%');
            if (at < 0)
            {
                return false;
            }

            at += from;
            if (at >= 6 && text.Length - at > 30 && char.IsAsciiDigit(text[at - 1]) && char.IsAsciiDigit(text[at - 6]))
            {
                return true;
            }

            from = at + 1;
        }

        return false;
    }
}
