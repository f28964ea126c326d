using System.Text;
using Yarp.ReverseProxy.Forwarder;

namespace Xopc.Gateway.Proxy;

/// <summary>Connections to the services: Unix sockets beside TCP.</summary>
internal sealed class ServiceHttpClientFactory(ILogger<ForwarderHttpClientFactory> log) : ForwarderHttpClientFactory(log)
{
    protected override void ConfigureHandler(ForwarderHttpClientContext context, SocketsHttpHandler handler)
    {
        base.ConfigureHandler(context, handler);
        handler.ActivityHeadersPropagator = null; // the forwarder's span is the request's; ForwardTransform hands it on without a second one
        handler.ConnectCallback = UnixDestination.ConnectAsync;
        // Bytes as the client sent them; the default is ASCII and fails the whole request over one umlaut.
        handler.RequestHeaderEncodingSelector = (_, _) => Encoding.Latin1;
        // A replica that moved is found again; service discovery refreshes the addresses, this refreshes what a name resolves to.
        handler.PooledConnectionLifetime = TimeSpan.FromMinutes(5);
    }
}
