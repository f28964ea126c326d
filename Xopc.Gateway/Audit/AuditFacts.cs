using Xopc.Configuration;
using Xopc.Gateway.Edge;
using Xopc.Gateway.Tls;

namespace Xopc.Gateway.Audit;

/// <summary>Everything the audit judges. Collected by <see cref="StartupAudit"/> at run time and by the command line from the configuration alone.</summary>
/// <param name="Gateway">As it runs: file, environment and command line together.</param>
/// <param name="Listening">Addresses the public listener is bound to: IP addresses, host names, <c>*</c>, or <c>unix:/path</c>.</param>
/// <param name="Token">The effective main token; null in other modes. Judged for its shape, never shown.</param>
/// <param name="TokenIsGenerated">Whether the gateway made the token itself.</param>
/// <param name="LogsAreRedacted">False where <c>XOPC_LOG_REDACTION</c> is off.</param>
/// <param name="OpenFiles">Files with secrets that other users of this machine can read.</param>
/// <param name="CertificateEnds">When the TLS certificate expires; null without TLS.</param>
/// <param name="Now">The instant of the audit.</param>
public sealed record AuditFacts(
    GatewayConfig Gateway,
    IReadOnlyList<string> Listening,
    string? Token,
    bool TokenIsGenerated,
    bool LogsAreRedacted,
    IReadOnlyList<string> OpenFiles,
    DateTimeOffset? CertificateEnds,
    DateTimeOffset Now)
{
    /// <summary>The addresses that other machines can reach.</summary>
    public IReadOnlyList<string> Exposed { get; } = [.. Listening.Where(ListeningAddresses.IsExposed)];

    /// <summary>The facts of an installation, running or not.</summary>
    /// <param name="listening">Where it listens, or would.</param>
    public static AuditFacts Of(GatewayConfig gateway, StatePaths paths, IReadOnlyList<string> listening, bool logsAreRedacted, DateTimeOffset now)
    {
        var configured = gateway.Auth is { Mode: "token", Token: { Length: > 0 } token } ? token : null;
        var generated = gateway.Auth.Mode == "token" && configured is null;
        return new AuditFacts(
            gateway, listening, generated ? FindGenerated(paths) : configured, generated, logsAreRedacted, SecretFiles.ReadableByOthers(paths, gateway.Tls),
            gateway.Tls is { } tls ? FindEnd(tls) : null, now);
    }

    private static string? FindGenerated(StatePaths paths)
    {
        try
        {
            return GatewayTokenFile.Find(paths.CredentialsDirectory);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or InvalidDataException)
        {
            return null; // the start says what is wrong with it
        }
    }

    private static DateTimeOffset? FindEnd(TlsConfig tls)
    {
        try
        {
            using var leaf = CertificateFiles.Load(tls).Leaf;
            return leaf.NotAfter;
        }
        catch (Exception e) when (CertificateFiles.IsAtFault(e))
        {
            return null; // the same
        }
    }
}
