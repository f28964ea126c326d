using Xopc.Configuration;
using Xopc.Gateway.Audit;

namespace Xopc.Gateway.Tests.Audit;

public sealed class SecurityAuditTests
{
    private static readonly DateTimeOffset Now = new(2026, 6, 1, 0, 0, 0, TimeSpan.Zero);

    private static readonly GatewayConfig Plain = new() { CorsOrigins = ["https://console.example.org"] };

    private static AuditFacts Facts(GatewayConfig? gateway = null, string listening = "127.0.0.1") =>
        new(gateway ?? Plain, [listening], EdgeHost.Token, false, true, [], null, Now);

    public static TheoryData<string, AuditSeverity, AuditFacts> Dangers => new()
    {
        { "gateway.auth.none_on_network", AuditSeverity.Critical, Facts(Plain with { Auth = new AuthConfig { Mode = "none" } }, "0.0.0.0") with { Token = null } },
        { "gateway.auth.none_loopback", AuditSeverity.Warn, Facts(Plain with { Auth = new AuthConfig { Mode = "none" } }) with { Token = null } },
        { "gateway.auth.short_token", AuditSeverity.Warn, Facts() with { Token = "abcdefghijklmnopqrstu" } },
        { "gateway.auth.low_entropy_token", AuditSeverity.Critical, Facts() with { Token = new string('a', 40) } },
        { "gateway.auth.auto_generated_token", AuditSeverity.Info, Facts() with { TokenIsGenerated = true } },
        { "gateway.auth.short_password", AuditSeverity.Warn, Facts(Plain with { Auth = new AuthConfig { Mode = "password", Password = "hunter22" } }) with { Token = null } },
        { "gateway.auth.short_password", AuditSeverity.Critical, Facts(Plain with { Auth = new AuthConfig { Mode = "password", Password = "hunter22" } }, "10.0.0.1") with { Token = null } },
        { "gateway.auth.no_rate_limit", AuditSeverity.Warn, Facts(Plain with { Auth = new AuthConfig { RateLimit = new() { Enabled = false } } }, "10.0.0.1") },
        { "gateway.security.strict_no_rate_limit", AuditSeverity.Critical, Facts(Plain with { Security = new() { Strict = true } }, "10.0.0.1") },
        { "gateway.cors.wildcard", AuditSeverity.Warn, Facts(Plain with { CorsOrigins = ["*"] }) },
        { "gateway.cors.wildcard", AuditSeverity.Critical, Facts(Plain with { CorsOrigins = ["*"] }, "10.0.0.1") },
        { "gateway.cors.excessive_origins", AuditSeverity.Info, Facts(Plain with { CorsOrigins = [.. Enumerable.Range(0, 21).Select(i => $"https://{i}.example.org")] }) },
        { "gateway.cors.no_explicit_origins", AuditSeverity.Critical, Facts(new GatewayConfig(), "10.0.0.1") },
        { "gateway.cors.host_header_fallback", AuditSeverity.Warn, Facts(Plain with { DangerouslyAllowHostHeaderOriginFallback = true }) },
        { "gateway.transport.no_tls", AuditSeverity.Warn, Facts(listening: "10.0.0.1") },
        { "gateway.bind.all_interfaces", AuditSeverity.Warn, Facts(listening: "0.0.0.0") },
        { "gateway.bind.all_interfaces", AuditSeverity.Warn, Facts(listening: "::") },
        { "gateway.bind.all_interfaces", AuditSeverity.Warn, Facts(listening: "*") },
        { "gateway.trusted_proxy.everyone", AuditSeverity.Critical, Facts(Plain with { TrustedProxies = ["10.0.0.0/8", "::/0"] }) },
        { "gateway.tls.certificate_ends", AuditSeverity.Warn, Facts() with { CertificateEnds = Now.AddDays(3) } },
        { "gateway.tls.certificate_ends", AuditSeverity.Critical, Facts() with { CertificateEnds = Now.AddSeconds(-1) } },
        { "files.readable_by_others", AuditSeverity.Critical, Facts() with { OpenFiles = ["/home/a/.xopc/xopc.json"] } },
        { "logs.not_redacted", AuditSeverity.Warn, Facts() with { LogsAreRedacted = false } },
    };

    [Theory]
    [MemberData(nameof(Dangers), DisableDiscoveryEnumeration = true)]
    public void A_danger_is_found_with_its_name_its_weight_and_a_remedy(string checkId, AuditSeverity severity, AuditFacts facts)
    {
        var finding = Assert.Single(SecurityAudit.Check(facts), finding => finding.CheckId == checkId);

        Assert.Equal(severity, finding.Severity);
        Assert.NotEmpty(finding.Detail);
        Assert.True(severity is AuditSeverity.Info || finding.Remediation is { Length: > 0 });
    }

    [Fact]
    public void The_defaults_are_found_to_be_safe() => Assert.Empty(SecurityAudit.Check(Facts(new GatewayConfig())));

    [Fact]
    public void The_worst_comes_first_and_no_secret_is_told()
    {
        var facts = Facts(Plain with { CorsOrigins = ["*"] }, "0.0.0.0") with { Token = "secret-but-short", TokenIsGenerated = true };

        var findings = SecurityAudit.Check(facts);

        Assert.Equal(findings.OrderByDescending(finding => finding.Severity), findings);
        Assert.DoesNotContain(findings, finding => finding.ToString().Contains("secret-but-short", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("127.0.0.1", false)]
    [InlineData("127.5.6.7", false)]
    [InlineData("::1", false)]
    [InlineData("localhost", false)]
    [InlineData("unix:/run/x.sock", false)]
    [InlineData("0.0.0.0", true)]
    [InlineData("::", true)]
    [InlineData("*", true)]
    [InlineData("+", true)]
    [InlineData("192.168.1.2", true)]
    [InlineData("gateway.example.org", true)]
    [InlineData("", true)]
    public void What_others_can_reach_and_what_cannot_be_understood_counts_as_exposed(string host, bool exposed) =>
        Assert.Equal(exposed, ListeningAddresses.IsExposed(host));

    [Theory]
    [InlineData(null, "localhost")]
    [InlineData("http://localhost:5000", "localhost")]
    [InlineData("http://+:80;https://[::1]:8443/base", "+,::1")]
    [InlineData("http://0.0.0.0", "0.0.0.0")]
    [InlineData("http://unix:/run/x.sock", "unix:/run/x.sock")]
    [InlineData("nonsense", "nonsense")]
    [InlineData("http://[", "")]
    public void The_platforms_urls_are_read_as_hosts(string? urls, string hosts) => Assert.Equal(hosts, string.Join(',', ListeningAddresses.OfUrls(urls)));

    [Fact]
    public void Without_authentication_on_a_network_it_does_not_start_unless_that_is_wanted()
    {
        var open = Plain with { Auth = new AuthConfig { Mode = "none" } };

        Assert.Contains("allowUnauthenticatedNetwork", Assert.Single(Refusals(Facts(open, "10.0.0.1"))).Fix, StringComparison.Ordinal);
        Assert.Empty(Refusals(Facts(open)));
        Assert.Empty(Refusals(Facts(open with { AllowUnauthenticatedNetwork = true }, "10.0.0.1")));
        Assert.NotEmpty(Refusals(Facts(open with { AllowUnauthenticatedNetwork = true, Security = new() { Strict = true } }, "10.0.0.1")));
    }

    [Fact]
    public void Strict_refuses_everything_critical_and_nothing_else()
    {
        var wildcard = Plain with { CorsOrigins = ["*"], Auth = new AuthConfig { RateLimit = new() { IsExplicit = true } } };

        Assert.Empty(Refusals(Facts(wildcard, "10.0.0.1")));
        Assert.Equal("gateway.cors.wildcard", Assert.Single(Refusals(Facts(wildcard with { Security = new() { Strict = true } }, "10.0.0.1"))).Path);
        Assert.Empty(Refusals(Facts(wildcard with { Security = new() { Strict = true } })));
    }

    private static IReadOnlyList<ConfigProblem> Refusals(AuditFacts facts) => AuditRefusals.Of(facts, SecurityAudit.Check(facts));
}
