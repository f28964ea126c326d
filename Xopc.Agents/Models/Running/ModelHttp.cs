using System.Net;

namespace Xopc.Agents.Models;

/// <summary>
/// The connections to model servers. Not from the HTTP client factory: a model call is the hot path, its handlers would log, trace and time every call a
/// second time, and defaults meant for other calls would cut or repeat it.
/// </summary>
internal sealed class ModelHttp : IDisposable
{
    /// <summary>To other machines: through the system's proxy when there is one.</summary>
    public SocketsHttpHandler Remote { get; } = Create(useProxy: true);

    /// <summary>To this machine: no proxy can know what our loopback is.</summary>
    public SocketsHttpHandler Local { get; } = Create(useProxy: false);

    public SocketsHttpHandler For(Uri address) => address.IsLoopback ? Local : Remote;

    public HttpMessageInvoker InvokerFor(Uri address) => new(For(address), disposeHandler: false);

    public void Dispose()
    {
        Remote.Dispose();
        Local.Dispose();
    }

    private static SocketsHttpHandler Create(bool useProxy) => new()
    {
        UseProxy = useProxy,
        UseCookies = false,
        // A redirect would carry the key to an address nobody configured.
        AllowAutoRedirect = false,
        AutomaticDecompression = DecompressionMethods.None,
        PooledConnectionLifetime = TimeSpan.FromMinutes(5),
        PooledConnectionIdleTimeout = TimeSpan.FromMinutes(1),
        ConnectTimeout = TimeSpan.FromSeconds(10),
        MaxResponseHeadersLength = 64,
        // No trace ids of ours in requests to strangers; the call has a span of its own.
        ActivityHeadersPropagator = null,
    };
}
