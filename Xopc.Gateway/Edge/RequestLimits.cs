using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Http.Metadata;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Xopc.Contracts;
using Xopc.ServiceDefaults.Http;

namespace Xopc.Gateway.Edge;

/// <summary>What a request may weigh. Every limit of the listener is written down here, so that a new runtime's defaults change nothing.</summary>
internal static class RequestLimits
{
    public const long DefaultBody = 1024 * 1024;

    /// <summary>Body limit of a route in bytes; the first row that matches counts.</summary>
    private static readonly (string Method, string Path, long Limit)[] Bodies = [("POST", "/api/agent", BodyLimits.Agent)];

    public static void Apply(KestrelServerOptions kestrel, EdgeOptions edge)
    {
        kestrel.AddServerHeader = false;
        kestrel.AllowSynchronousIO = false;

        var limits = kestrel.Limits;
        limits.MaxConcurrentConnections = edge.MaxConcurrentConnections;
        limits.MaxConcurrentUpgradedConnections = 0; // nothing here speaks WebSocket
        limits.MaxRequestBodySize = DefaultBody;
        limits.MaxRequestLineSize = 8 * 1024;
        limits.MaxRequestHeaderCount = 64;
        limits.MaxRequestHeadersTotalSize = 16 * 1024;
        limits.MaxRequestBufferSize = 256 * 1024;
        limits.MaxResponseBufferSize = 64 * 1024;
        limits.KeepAliveTimeout = TimeSpan.FromMinutes(2);
        limits.RequestHeadersTimeout = TimeSpan.FromSeconds(15);
        limits.MinRequestBodyDataRate = new MinDataRate(bytesPerSecond: 240, gracePeriod: TimeSpan.FromSeconds(10));
        limits.MinResponseDataRate = new MinDataRate(bytesPerSecond: 240, gracePeriod: TimeSpan.FromSeconds(10));
        limits.Http2.MaxStreamsPerConnection = 100;
        limits.Http2.HeaderTableSize = 4096;
        limits.Http2.MaxFrameSize = 16 * 1024;
        limits.Http2.MaxRequestHeaderFieldSize = 16 * 1024;
        limits.Http2.InitialConnectionWindowSize = 128 * 1024;
        limits.Http2.InitialStreamWindowSize = 96 * 1024;
        limits.Http2.KeepAlivePingDelay = TimeSpan.FromSeconds(60);
        limits.Http2.KeepAlivePingTimeout = TimeSpan.FromSeconds(20);
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
