using Microsoft.AspNetCore.Http.HttpResults;
using Xopc.Contracts;
using Xopc.ServiceDefaults.Http;

namespace Xopc.Gateway.Audit;

/// <param name="Ok">Always true: the audit ran. Whether all is well is in the findings.</param>
internal sealed record AuditAnswer(bool Ok, AuditReport Payload);

/// <summary>What an audit found. On the wire as in the program: <c>{"critical":0,"warn":1,"info":1,"findings":[…]}</c>.</summary>
/// <param name="Critical">How many of the findings are critical.</param>
/// <param name="Findings">The worst first.</param>
public sealed record AuditReport(int Critical, int Warn, int Info, IReadOnlyList<AuditFinding> Findings)
{
    /// <summary>Counts them.</summary>
    public static AuditReport Of(IReadOnlyList<AuditFinding> findings) => new(
        findings.Count(finding => finding.Severity is AuditSeverity.Critical), findings.Count(finding => finding.Severity is AuditSeverity.Warn),
        findings.Count(finding => finding.Severity is AuditSeverity.Info), findings);
}

internal static class AuditEndpoints
{
    public static void MapSecurityAudit(this IEndpointRouteBuilder app) =>
        app.MapGet("/api/security/audit", Audit).RequireScope(OperatorScope.Admin).WholeInstallation().WithSummary("What the security audit finds now").WithTags("Security");

    private static JsonHttpResult<AuditAnswer> Audit(StartupAudit audit, HttpResponse response)
    {
        response.Headers.CacheControl = "no-store";
        return TypedResults.Json(new AuditAnswer(true, AuditReport.Of(audit.Check())), GatewayJson.Default.AuditAnswer);
    }
}
