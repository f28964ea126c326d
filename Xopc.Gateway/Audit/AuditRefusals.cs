using Xopc.Configuration;

namespace Xopc.Gateway.Audit;

/// <summary>Which findings keep a gateway from starting.</summary>
public static class AuditRefusals
{
    /// <summary>
    /// Without authentication on a network, unless <c>gateway.allowUnauthenticatedNetwork</c> says that everybody may be the operator; everything
    /// critical under <c>gateway.security.strict</c>. Empty: it may start.
    /// </summary>
    public static IReadOnlyList<ConfigProblem> Of(AuditFacts facts, IReadOnlyList<AuditFinding> findings)
    {
        var gateway = facts.Gateway;
        if (gateway.Security.Strict)
        {
            return [.. findings.Where(finding => finding.Severity is AuditSeverity.Critical)
                .Select(finding => new ConfigProblem(finding.CheckId, $"is critical, and gateway.security.strict is set: {finding.Detail.TrimEnd('.')}", finding.Remediation ?? ""))];
        }

        return gateway.Auth.Mode == "none" && facts.Exposed.Count > 0 && !gateway.AllowUnauthenticatedNetwork
            ? [new ConfigProblem(
                "gateway.auth.mode", $"is \"none\", and the gateway would listen on {string.Join(", ", facts.Exposed)}, where everybody who reaches it were the operator",
                "Use mode token or password, set gateway.bind to loopback, or set gateway.allowUnauthenticatedNetwork to true if that is what you want.")]
            : [];
    }
}
