using Xopc.Messaging;

namespace Xopc.Gateway.Tls;

/// <summary>
/// Takes over a renewed certificate without a restart. It looks at the files instead of being told: certificate tools swap links of whole directories,
/// which no watch on one of them reports.
/// </summary>
internal sealed partial class CertificateWorker(ServerCertificate certificate, TimeProvider clock, ILogger<CertificateWorker> log) : DrainWorker(clock, log)
{
    public static readonly TimeSpan LookEvery = TimeSpan.FromSeconds(5);

    private readonly ILogger<CertificateWorker> _log = log;

    public override string Name => "certificate";

    public override Task<bool> DrainOnceAsync(CancellationToken cancellationToken)
    {
        try
        {
            if (certificate.Refresh())
            {
                LogReplaced(certificate.NotAfter);
            }
        }
        catch (Exception e) when (CertificateFiles.IsAtFault(e))
        {
            LogUnusable(e.Message);
        }

        return Task.FromResult(false);
    }

    protected override Task WaitForWorkAsync(CancellationToken cancellationToken) => Task.Delay(LookEvery, Clock, cancellationToken);

    [LoggerMessage(Level = LogLevel.Information, Message = "The TLS certificate was replaced; the new one is valid until {NotAfter}.")]
    private partial void LogReplaced(DateTimeOffset notAfter);

    [LoggerMessage(Level = LogLevel.Warning, Message = "The changed TLS certificate cannot be used, the old one stays: {Reason}")]
    private partial void LogUnusable(string reason);
}
