using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Xopc.Testing.Http;

/// <summary>A certificate for <c>localhost</c> that nobody trusts.</summary>
public static class SelfSigned
{
    /// <summary>Writes certificate and private key as PEM into the directory, the key for its owner only.</summary>
    public static (string CertFile, string KeyFile) Write(string directory)
    {
        var (certFile, keyFile) = (Path.Combine(directory, "cert.pem"), Path.Combine(directory, "key.pem"));
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using var certificate = new CertificateRequest("CN=localhost", key, HashAlgorithmName.SHA256)
            .CreateSelfSigned(TimeProvider.System.GetUtcNow().AddDays(-1), TimeProvider.System.GetUtcNow().AddDays(30));
        File.WriteAllText(certFile, certificate.ExportCertificatePem());
        File.WriteAllText(keyFile, key.ExportPkcs8PrivateKeyPem());
        if (!OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(keyFile, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        }

        return (certFile, keyFile);
    }
}
