using Xopc.Configuration;
using Xopc.ServiceDefaults.Logging;

namespace Xopc.Gateway.Audit;

/// <summary>The audit of the gateway that runs: refuses what must not start, logs the rest, answers the API with the state of now.</summary>
internal sealed partial class StartupAudit(
    ConfigStore configuration, StatePaths paths, EdgeOptions edge, IConfiguration deployment, TimeProvider clock, ILogger<StartupAudit> log)
{
    public IReadOnlyList<AuditFinding> Check() => SecurityAudit.Check(Facts());

    /// <summary>Before the listener opens.</summary>
    /// <exception cref="ConfigException">The gateway must not start like this; the message says what to change.</exception>
    public void RunAtStart()
    {
        var facts = Facts();
        var findings = SecurityAudit.Check(facts);
        if (AuditRefusals.Of(facts, findings) is { Count: > 0 } refusals)
        {
            throw new ConfigException(paths.ConfigFile, refusals);
        }

        foreach (var finding in findings)
        {
            Log(finding.Severity switch
            {
                AuditSeverity.Critical => LogLevel.Error,
                AuditSeverity.Warn => LogLevel.Warning,
                _ => LogLevel.Information,
            }, finding.CheckId, finding.Title, finding.Detail, finding.Remediation ?? "");
        }
    }

    private AuditFacts Facts() => AuditFacts.Of(
        configuration.Current.Gateway,
        paths,
        edge.ListensOn.Count > 0 ? [.. edge.ListensOn] : ListeningAddresses.OfUrls(deployment["urls"]),
        !LogRedaction.IsOff(deployment),
        clock.GetUtcNow());

    // The check behind the title: a name that ends in "token:" would have what follows it redacted.
    [LoggerMessage(Message = "Security audit: {Title} ({CheckId}). {Detail} {Remediation}")]
    private partial void Log(LogLevel level, string checkId, string title, string detail, string remediation);
}
