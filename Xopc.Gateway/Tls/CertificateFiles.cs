using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Xopc.Configuration;

namespace Xopc.Gateway.Tls;

/// <summary>Reads the files of <c>gateway.tls</c>.</summary>
public static class CertificateFiles
{
    /// <summary>The certificate with its private key, and everything that stands in the file with it.</summary>
    /// <exception cref="CryptographicException">The files hold no certificate with its key.</exception>
    /// <exception cref="IOException">A file cannot be read.</exception>
    public static (X509Certificate2 Leaf, X509Certificate2Collection Chain) Load(TlsConfig tls) => IsPem(tls.CertFile) ? LoadPem(tls) : LoadPkcs12(tls);

    /// <summary>Whether an exception means that the files cannot be used.</summary>
    public static bool IsAtFault(Exception e) => e is CryptographicException or IOException or UnauthorizedAccessException or ArgumentException
        or PlatformNotSupportedException; // a key of a curve that this machine does not know

    private static (X509Certificate2 Leaf, X509Certificate2Collection Chain) LoadPem(TlsConfig tls)
    {
        var key = tls.KeyFile ?? tls.CertFile;
        var leaf = tls.KeyPassword is { } password
            ? X509Certificate2.CreateFromEncryptedPemFile(tls.CertFile, password, key)
            : X509Certificate2.CreateFromPemFile(tls.CertFile, key);
        var chain = new X509Certificate2Collection();
        chain.ImportFromPemFile(tls.CertFile);
        return (leaf, chain);
    }

    private static (X509Certificate2 Leaf, X509Certificate2Collection Chain) LoadPkcs12(TlsConfig tls)
    {
        var all = X509CertificateLoader.LoadPkcs12CollectionFromFile(tls.CertFile, tls.KeyPassword);
        var leaf = all.FirstOrDefault(certificate => certificate.HasPrivateKey) ?? throw new CryptographicException("the file holds no certificate with its private key");
        return (leaf, all);
    }

    private static bool IsPem(string path)
    {
        using var file = File.OpenText(path);
        var start = new char[4096];
        return start.AsSpan(0, file.ReadBlock(start)).Contains("-----BEGIN ", StringComparison.Ordinal);
    }
}
