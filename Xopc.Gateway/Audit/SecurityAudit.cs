using System.Globalization;
using System.Net;

namespace Xopc.Gateway.Audit;

/// <summary>
/// What is dangerous about a gateway as it is configured. Pure: the start, <c>GET /api/security/audit</c> and the command line ask the same checks.
/// A token that is missing in token mode is none of them: one is generated and kept then.
/// </summary>
public static class SecurityAudit
{
    /// <summary>Shorter tokens are accepted and reported: 22 characters of base64 are 128 bits.</summary>
    public const int GoodTokenLength = 22;

    private const int ShortPassword = 12;
    private const int FewCharacters = 4;
    private const int ManyOrigins = 20;
    private static readonly TimeSpan CertificateWarning = TimeSpan.FromDays(14);

    /// <summary>All findings, the worst first.</summary>
    public static IReadOnlyList<AuditFinding> Check(AuditFacts facts) =>
        [.. Authentication(facts).Concat(Origins(facts)).Concat(Network(facts)).Concat(Surroundings(facts)).OrderByDescending(finding => finding.Severity)];

    private static IEnumerable<AuditFinding> Authentication(AuditFacts facts)
    {
        var auth = facts.Gateway.Auth;
        var exposed = facts.Exposed.Count > 0;
        if (auth.Mode == "none")
        {
            yield return exposed
                ? new("gateway.auth.none_on_network", AuditSeverity.Critical, "Everybody who reaches the gateway is the operator",
                    $"gateway.auth.mode is none, and the gateway listens on {List(facts.Exposed)}.",
                    "Set gateway.auth.mode to token or password, or gateway.bind to loopback.")
                : new("gateway.auth.none_loopback", AuditSeverity.Warn, "Every program on this machine is the operator",
                    "gateway.auth.mode is none.", "Set gateway.auth.mode to token, the default.");
        }

        if (facts.Token is { } token)
        {
            if (token.Distinct().Count() < FewCharacters)
            {
                yield return new("gateway.auth.low_entropy_token", AuditSeverity.Critical, "The token can be guessed",
                    "It is made of fewer than four different characters.", "Make one with: openssl rand -hex 32.");
            }
            else if (token.Length < GoodTokenLength)
            {
                yield return new("gateway.auth.short_token", AuditSeverity.Warn, "The token is short",
                    $"It has {token.Length} characters; {GoodTokenLength} or more withstand guessing.", "Make one with: openssl rand -hex 32.");
            }
        }

        if (facts.TokenIsGenerated)
        {
            yield return new("gateway.auth.auto_generated_token", AuditSeverity.Info, "The token is a generated one",
                "No token is configured, so the gateway makes one and keeps it in credentials/gateway-token.");
        }

        if (auth.Mode == "password" && auth.Password is { } password && password.Length < ShortPassword)
        {
            yield return new("gateway.auth.short_password", exposed ? AuditSeverity.Critical : AuditSeverity.Warn, "The password is short",
                $"It has {password.Length} characters.", $"Use {ShortPassword} or more, or mode token.");
        }

        foreach (var finding in FailedLogins(facts))
        {
            yield return finding;
        }
    }

    private static IEnumerable<AuditFinding> FailedLogins(AuditFacts facts)
    {
        var limit = facts.Gateway.Auth.RateLimit;
        if (facts.Exposed.Count == 0 || facts.Gateway.Auth.Mode == "none")
        {
            yield break;
        }

        if (!limit.Enabled)
        {
            yield return new("gateway.auth.no_rate_limit", AuditSeverity.Warn, "Credentials can be tried without end",
                "gateway.auth.rateLimit is switched off, and others reach the gateway.", "Set gateway.auth.rateLimit.enabled to true.");
        }

        if (facts.Gateway.Security.Strict && !(limit.Enabled && limit.IsExplicit))
        {
            yield return new("gateway.security.strict_no_rate_limit", AuditSeverity.Critical, "Strict security asks for an explicit limiter",
                "gateway.security.strict is set and gateway.auth.rateLimit is not written down.", "Write gateway.auth.rateLimit, for example {\"enabled\": true, \"maxAttempts\": 5}.");
        }
    }

    private static IEnumerable<AuditFinding> Origins(AuditFacts facts)
    {
        var origins = facts.Gateway.CorsOrigins;
        var exposed = facts.Exposed.Count > 0;
        if (origins.Contains("*"))
        {
            yield return new("gateway.cors.wildcard", exposed ? AuditSeverity.Critical : AuditSeverity.Warn, "Every web page may call the gateway",
                "gateway.corsOrigins contains *.", "Name the origins that you use, for example https://console.example.org.");
        }

        if (origins.Length > ManyOrigins)
        {
            yield return new("gateway.cors.excessive_origins", AuditSeverity.Info, "Many origins may call the gateway",
                string.Create(CultureInfo.InvariantCulture, $"gateway.corsOrigins has {origins.Length} entries."), "Remove those that are not in use.");
        }

        if (exposed && origins.IsEmpty && !facts.Gateway.DangerouslyAllowHostHeaderOriginFallback)
        {
            yield return new("gateway.cors.no_explicit_origins", AuditSeverity.Critical, "It is not said which web pages may call the gateway",
                "The gateway is reachable from other machines and gateway.corsOrigins is empty; browsers there are refused.",
                "List the origins of your console in gateway.corsOrigins.");
        }

        if (facts.Gateway.DangerouslyAllowHostHeaderOriginFallback)
        {
            yield return new("gateway.cors.host_header_fallback", exposed ? AuditSeverity.Critical : AuditSeverity.Warn, "A page can pass by naming its own host",
                "gateway.dangerouslyAllowHostHeaderOriginFallback is set: a host name that an attacker points here counts as the gateway's own.",
                "Remove it, and list the origins in gateway.corsOrigins.");
        }
    }

    private static IEnumerable<AuditFinding> Network(AuditFacts facts)
    {
        if (facts.Exposed.Count > 0 && facts.Gateway.Tls is null)
        {
            yield return new("gateway.transport.no_tls", AuditSeverity.Warn, "Credentials and messages travel in clear text",
                $"The gateway listens on {List(facts.Exposed)} without TLS.", "Set gateway.tls, or put a proxy with TLS in front and bind to loopback.");
        }

        if (facts.Listening.Any(ListeningAddresses.IsEveryInterface))
        {
            yield return new("gateway.bind.all_interfaces", AuditSeverity.Warn, "The gateway listens on every network of this machine",
                $"It is bound to {List(facts.Listening)}.", "Use gateway.bind custom with the one address that is needed, or tailnet.");
        }

        foreach (var everyone in facts.Gateway.TrustedProxies.Where(text => IPNetwork.TryParse(text, out var network) && network.PrefixLength == 0))
        {
            yield return new("gateway.trusted_proxy.everyone", AuditSeverity.Critical, "Anybody can pretend to be somebody else",
                $"gateway.trustedProxies contains {everyone}: every caller's X-Forwarded-For is believed.", "List the addresses of your proxies alone.");
        }

        if (facts.CertificateEnds is { } ends && ends - facts.Now < CertificateWarning)
        {
            yield return new("gateway.tls.certificate_ends", ends <= facts.Now ? AuditSeverity.Critical : AuditSeverity.Warn,
                ends <= facts.Now ? "The TLS certificate has expired" : "The TLS certificate expires soon",
                string.Create(CultureInfo.InvariantCulture, $"It is valid until {ends.UtcDateTime:yyyy-MM-dd HH:mm} UTC."),
                "Replace the file; the gateway notices by itself.");
        }
    }

    private static IEnumerable<AuditFinding> Surroundings(AuditFacts facts)
    {
        if (facts.OpenFiles.Count > 0)
        {
            yield return new("files.readable_by_others", AuditSeverity.Critical, "Other users of this machine can read secrets",
                $"Readable by others: {List(facts.OpenFiles)}.", $"chmod 600 {string.Join(' ', facts.OpenFiles)}");
        }

        if (!facts.LogsAreRedacted)
        {
            yield return new("logs.not_redacted", AuditSeverity.Warn, "Secrets can get into the logs",
                "XOPC_LOG_REDACTION is off: secrets are no longer recognised by their shape; those of the configuration still are.", "Remove XOPC_LOG_REDACTION.");
        }
    }

    private static string List(IEnumerable<string> texts) => string.Join(", ", texts);
}
