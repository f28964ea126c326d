using System.Net.Security;
using System.Security.Cryptography.X509Certificates;
using Xopc.Configuration;
using Xopc.Gateway.Tls;

namespace Xopc.Cli.Conversation;

/// <summary>
/// What a client of this machine believes: whatever the system believes, and the very certificate that this configuration gives its gateway, whoever
/// signed it and whatever name stands in it. Nobody without its key can answer with it.
/// </summary>
internal static class OwnCertificate
{
    public static SslClientAuthenticationOptions Believing(TlsConfig? own) => new()
    {
        RemoteCertificateValidationCallback = (_, certificate, _, errors) => errors is SslPolicyErrors.None || (own is not null && IsOwn(certificate, own)),
    };

    private static bool IsOwn(X509Certificate? shown, TlsConfig own)
    {
        try
        {
            using var leaf = CertificateFiles.Load(own).Leaf;
            return shown is not null && leaf.RawData.AsSpan().SequenceEqual(shown.GetRawCertData());
        }
        catch (Exception e) when (CertificateFiles.IsAtFault(e))
        {
            return false; // not readable here: then only the system's word counts
        }
    }
}
