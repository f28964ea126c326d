using System.Net.Security;
using System.Security.Authentication;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Https;

namespace Xopc.Gateway.Tls;

/// <summary>TLS on the public listener.</summary>
public static class TlsListening
{
    private static readonly TimeSpan HandshakeTimeout = TimeSpan.FromSeconds(10);

    /// <summary>
    /// HTTPS with the certificate of <c>gateway.tls</c>: TLS 1.2 and 1.3, HTTP/2 where the client asks for it. A handshake uses the certificate of its
    /// moment, so a renewal needs no restart.
    /// </summary>
    public static ListenOptions UseGatewayTls(this ListenOptions listen)
    {
        var certificate = listen.ApplicationServices.GetRequiredService<ServerCertificate>();
        listen.Protocols = HttpProtocols.Http1AndHttp2;
        var end = ActivatorUtilities.CreateInstance<ConnectionEnd>(listen.ApplicationServices);
        listen.Use((connection, next) => end.OnConnectionAsync(connection, next)); // before TLS: around everything that may not end
        return listen.UseHttps(new TlsHandshakeCallbackOptions
        {
            HandshakeTimeout = HandshakeTimeout,
            OnConnection = _ => ValueTask.FromResult(new SslServerAuthenticationOptions
            {
                ServerCertificateContext = certificate.Context,
                EnabledSslProtocols = SslProtocols.Tls12 | SslProtocols.Tls13,
                ClientCertificateRequired = false,
            }),
        });
    }
}
