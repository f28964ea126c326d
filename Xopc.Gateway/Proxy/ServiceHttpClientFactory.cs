using System.Diagnostics.Metrics;
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
        handler.MeterFactory = Unheard.Instance; // what a forwarded request takes is in the edge's own figures and in the service's
        handler.ConnectCallback = UnixDestination.ConnectAsync;
        // Bytes as the client sent them; the default is ASCII and fails the whole request over one umlaut.
        handler.RequestHeaderEncodingSelector = (_, _) => Encoding.Latin1;
        // A replica that moved is found again; service discovery refreshes the addresses, this refreshes what a name resolves to.
        handler.PooledConnectionLifetime = TimeSpan.FromMinutes(5);
    }

    /// <summary>The client's instruments belong to a meter that nobody listens to: three measurements and a continuation less for each request.</summary>
    private sealed class Unheard : IMeterFactory
    {
        public static readonly Unheard Instance = new();

        private readonly Meter _meter = new("forwarded");

        public Meter Create(MeterOptions options) => _meter;

        public void Dispose() => _meter.Dispose();
    }
}
