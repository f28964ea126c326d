using System.Text.Json.Serialization;

namespace Xopc.Gateway.Audit;

/// <summary>How bad a finding is.</summary>
public enum AuditSeverity
{
    /// <summary>Worth knowing.</summary>
    [JsonStringEnumMemberName("info")]
    Info,

    /// <summary>Should be changed.</summary>
    [JsonStringEnumMemberName("warn")]
    Warn,

    /// <summary>Others can get in, or soon will. Refused at start under <c>gateway.security.strict</c>.</summary>
    [JsonStringEnumMemberName("critical")]
    Critical,
}

/// <summary>One thing the startup audit found, in words for the operator. Never holds a secret.</summary>
/// <param name="CheckId">Stable name of the check, <c>gateway.auth.none_on_network</c>.</param>
/// <param name="Title">One line.</param>
/// <param name="Detail">What is so here.</param>
/// <param name="Remediation">What to change; null where nothing has to.</param>
public sealed record AuditFinding(string CheckId, AuditSeverity Severity, string Title, string Detail, string? Remediation = null);
