using System.Net.Security;
using System.Security.Cryptography;
using Xopc.Configuration;

namespace Xopc.Gateway.Tls;

/// <summary>The certificate that the public listener shows. Replaced whole when the files change; a pair that does not fit is never taken over.</summary>
internal sealed class ServerCertificate
{
    private readonly TlsConfig _tls;
    private volatile Loaded _current;
    private (FileStamp Certificate, FileStamp Key) _seen;

    /// <exception cref="ConfigException">The files hold no certificate with its key.</exception>
    public ServerCertificate(TlsConfig tls, string configFile)
    {
        _tls = tls;
        _seen = Stamps();
        try
        {
            _current = Load(tls);
        }
        catch (Exception e) when (CertificateFiles.IsAtFault(e))
        {
            throw new ConfigException(configFile, [new ConfigProblem(
                "gateway.tls", $"names a certificate that cannot be used: {e.Message.TrimEnd('.')}",
                "certFile takes PEM or PKCS #12; keyFile the private key in PEM; keyPassword opens it.")]);
        }
    }

    private sealed record Loaded(SslStreamCertificateContext Context, DateTimeOffset NotAfter);

    public SslStreamCertificateContext Context => _current.Context;

    public DateTimeOffset NotAfter => _current.NotAfter;

    /// <summary>Looks at the files once. True: another certificate is shown from now on.</summary>
    /// <exception cref="CryptographicException">They changed and cannot be used; the old certificate stays.</exception>
    /// <exception cref="IOException">They changed and cannot be read; the old certificate stays.</exception>
    public bool Refresh()
    {
        var stamps = Stamps();
        if (stamps == _seen)
        {
            return false;
        }

        // Certificate and key are two files: between their two writes they do not fit, and the next look sees other stamps.
        _seen = stamps;
        _current = Load(_tls);
        return true;
    }

    private (FileStamp Certificate, FileStamp Key) Stamps() => (FileStamp.Of(_tls.CertFile), FileStamp.Of(_tls.KeyFile ?? _tls.CertFile));

    private static Loaded Load(TlsConfig tls)
    {
        var (leaf, chain) = CertificateFiles.Load(tls);
        var context = SslStreamCertificateContext.Create(leaf, chain, offline: true);
        return new Loaded(context, leaf.NotAfter);
    }
}
