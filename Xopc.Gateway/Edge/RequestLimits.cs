using System.Text;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Http.Metadata;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;
using Microsoft.Net.Http.Headers;
using Xopc.Contracts;
using Xopc.ServiceDefaults.Http;

namespace Xopc.Gateway.Edge;

/// <summary>What a request may weigh. Every limit of the listener is written down here, so that a new runtime's defaults change nothing.</summary>
internal static class RequestLimits
{
    public const long DefaultBody = 1024 * 1024;

    /// <summary>The first line of a request in bytes: method, target, version, line end.</summary>
    public const int RequestLine = 8 * 1024;

    /// <summary>All headers together in bytes, with their separators and line ends.</summary>
    public const int HeaderBytes = 16 * 1024;

    public const int Headers = 64;

    /// <summary>What a connection may have sent ahead of what was asked for, in bytes: so much of a body is read at most before its sender is known.</summary>
    public const int UnreadBytes = 48 * 1024;

    /// <summary>How long a connection keeps its place when its socket has ended and the protocol on it has not.</summary>
    public static readonly TimeSpan AfterClose = TimeSpan.FromSeconds(10);

    /// <summary>Body limit of a route in bytes; the first row that matches counts.</summary>
    private static readonly (string Method, string Path, long Limit)[] Bodies = [("POST", "/api/agent", BodyLimits.Agent)];

    public static void Apply(KestrelServerOptions kestrel, EdgeOptions edge)
    {
        kestrel.AddServerHeader = false;
        kestrel.AllowSynchronousIO = false;

        // A byte is a character, so that no header is unreadable (UTF-8, the default, answers 400 without a body) and what is forwarded is what came.
        kestrel.RequestHeaderEncodingSelector = name =>
            name.Equals(HeaderNames.ContentLength, StringComparison.OrdinalIgnoreCase) ? LengthEncoding.Instance : Encoding.Latin1;

        // A line ends with CR LF. Whoever takes a line feed for the end sees other headers than a proxy that does not.
        AppContext.SetSwitch("Microsoft.AspNetCore.Server.Kestrel.DisableHttp1LineFeedTerminators", true);

        var limits = kestrel.Limits;
        limits.MaxConcurrentConnections = edge.MaxConcurrentConnections;
        limits.MaxConcurrentUpgradedConnections = 0; // nothing here speaks WebSocket
        limits.MaxRequestBodySize = DefaultBody;

        // What the listener refuses itself has no body: it knows nothing of our errors. So it takes three times what is allowed, no more than the
        // buffer that every connection may fill anyway, and CheckHeadAsync refuses in words what is above the real limits.
        limits.MaxRequestLineSize = 3 * RequestLine;
        limits.MaxRequestHeaderCount = 3 * Headers;
        limits.MaxRequestHeadersTotalSize = 3 * HeaderBytes;
        limits.MaxRequestBufferSize = UnreadBytes;
        limits.MaxResponseBufferSize = 16 * 1024; // for each stream of HTTP/2: a hundred answers that nobody takes are 1.6 MB, until their time is over
        limits.KeepAliveTimeout = TimeSpan.FromMinutes(2);
        limits.RequestHeadersTimeout = TimeSpan.FromSeconds(15);
        limits.MinRequestBodyDataRate = new MinDataRate(bytesPerSecond: 240, gracePeriod: TimeSpan.FromSeconds(10));
        limits.MinResponseDataRate = new MinDataRate(bytesPerSecond: 240, gracePeriod: TimeSpan.FromSeconds(10));
        limits.Http2.MaxStreamsPerConnection = 100;
        limits.Http2.HeaderTableSize = 4096;
        limits.Http2.MaxFrameSize = 16 * 1024;
        limits.Http2.MaxRequestHeaderFieldSize = 16 * 1024;
        limits.Http2.InitialConnectionWindowSize = 128 * 1024;
        limits.Http2.InitialStreamWindowSize = 64 * 1024;
        limits.Http2.KeepAlivePingDelay = TimeSpan.FromSeconds(60);
        limits.Http2.KeepAlivePingTimeout = TimeSpan.FromSeconds(20);
    }

    /// <summary>
    /// What is read from a socket ahead of the parser: the runtime's own limit is 1 MiB, and with that of <see cref="KestrelServerLimits.MaxRequestBufferSize"/>
    /// has nothing to do.
    /// </summary>
    public static void Apply(SocketTransportOptions sockets)
    {
        sockets.MaxReadBufferSize = UnreadBytes;
        sockets.MaxWriteBufferSize = 64 * 1024;
    }

    /// <summary>Answers 414 and 431 to what the listener let pass above our limits.</summary>
    public static Task CheckHeadAsync(HttpContext context, RequestDelegate next)
    {
        var request = context.Request;
        var target = context.Features.GetRequiredFeature<IHttpRequestFeature>().RawTarget;
        if (request.Method.Length + target.Length + " ".Length + " HTTP/1.1\r\n".Length > RequestLine)
        {
            // No code of the registry is nearer; the writer of errors puts the words to the status.
            context.Response.StatusCode = StatusCodes.Status414UriTooLong;
            return Task.CompletedTask;
        }

        var (count, bytes) = (0, 0);
        foreach (var (name, values) in request.Headers)
        {
            foreach (var value in values)
            {
                count++;
                bytes += name.Length + (value?.Length ?? 0) + ": \r\n".Length;
            }
        }

        return count > Headers || bytes > HeaderBytes
            ? ApiError.WriteAsync(context, ErrorCode.HeadersTooLarge, $"The request has more than {Headers} headers, or more than {HeaderBytes} bytes of them")
            : next(context);
    }

    public static long BodyLimit(string method, PathString path)
    {
        foreach (var (rowMethod, rowPath, limit) in Bodies)
        {
            if (HttpMethods.Equals(method, rowMethod) && path.Equals(rowPath, StringComparison.OrdinalIgnoreCase))
            {
                return limit;
            }
        }

        return DefaultBody;
    }

    /// <summary>
    /// Sets the route's body limit, and answers 413 at once when the announced length is above it; a body without a length is counted while it is read.
    /// </summary>
    public static Task ApplyAsync(HttpContext context, RequestDelegate next)
    {
        var request = context.Request;
        var limit = context.GetEndpoint()?.Metadata.GetMetadata<IRequestSizeLimitMetadata>()?.MaxRequestBodySize ?? BodyLimit(request.Method, request.Path);
        if (request.ContentLength > limit)
        {
            return ApiError.WriteAsync(context, ErrorCode.PayloadTooLarge, $"The body is larger than the {limit} bytes this route accepts");
        }

        if (context.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } feature)
        {
            feature.MaxRequestBodySize = limit;
        }

        return next(context);
    }
}
