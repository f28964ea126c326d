using System.Buffers;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Net.Http.Headers;
using Xopc.Contracts;
using Xopc.ServiceDefaults.Http;

namespace Xopc.Gateway.Edge;

/// <summary>
/// Where a request ends. One that another reader on the way could end elsewhere hides a second request, so it is refused and its connection closed,
/// although the listener itself has decided for one of its ends.
/// </summary>
internal static class Framing
{
    // The listener goes by the coding, and keeps the length it disregards under this name.
    private const string DisregardedLength = "X-Content-Length";

    // So much of a body that nobody wanted is read, in order to keep its connection. With one buffer on the way it stays below 64 KiB.
    private const long DrainedBytes = 16 * 1024;

    // RFC 9110, 5.6.2.
    private static readonly SearchValues<char> NameCharacters =
        SearchValues.Create("!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ");

    public static Task CheckAsync(HttpContext context, RequestDelegate next)
    {
        var doubt = Doubt(context);
        return doubt is null && context.Features.Get<IHttpRequestBodyDetectionFeature>() is { CanHaveBody: false } ? next(context) : WithBodyAsync(context, next, doubt);
    }

    private static async Task WithBodyAsync(HttpContext context, RequestDelegate next, string? doubt)
    {
        if (doubt is null)
        {
            await next(context);
        }
        else
        {
            if (!HttpProtocol.IsHttp2(context.Request.Protocol))
            {
                context.Response.Headers.Connection = "close"; // a stream is one request, and ends with it
            }

            await ApiError.WriteAsync(context, ErrorCode.InvalidRequest, doubt);
        }

        // An answer that needed no body does not wait for it: a long one is not drained, its connection is closed.
        if (context.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } body && body.MaxRequestBodySize is null or > DrainedBytes)
        {
            body.MaxRequestBodySize = DrainedBytes;
        }
    }

    private static string? Doubt(HttpContext context)
    {
        var request = context.Request;
        var http11 = HttpProtocol.IsHttp11(request.Protocol);
        if (!http11 && !HttpProtocol.IsHttp10(request.Protocol))
        {
            return DoubtInFrames(request.Headers);
        }

        if (HttpMethods.IsConnect(request.Method))
        {
            return "This is no proxy";
        }

        if (context.Features.GetRequiredFeature<IHttpRequestFeature>().RawTarget.AsSpan().ContainsAnyExceptInRange('!', '~'))
        {
            return "The address of the request has a character that may not stand there";
        }

        return request.Headers.TryGetValue(HeaderNames.TransferEncoding, out var coding)
            && (!http11 || coding.Count != 1 || !"chunked".Equals(coding[0], StringComparison.OrdinalIgnoreCase) || request.Headers.ContainsKey(DisregardedLength))
            ? "The length of the body is in doubt"
            : null;
    }

    // HTTP/2 counts its frames, so no length of its own is in doubt. But it takes any byte in a name, and what is about a connection of HTTP/1 has none here
    // to be about (RFC 9113, 8.2): whoever reads it further on would see another request.
    private static string? DoubtInFrames(IHeaderDictionary headers)
    {
        foreach (var (name, _) in headers)
        {
            if (name.AsSpan().ContainsAnyExcept(NameCharacters))
            {
                return "The name of a header has a character that may not stand there";
            }
        }

        return headers.ContainsKey(HeaderNames.TransferEncoding) || headers.ContainsKey(HeaderNames.KeepAlive) || headers.ContainsKey(HeaderNames.ProxyConnection)
            || headers.ContainsKey(HeaderNames.Upgrade)
            ? "A header of HTTP/1 connections has no place in HTTP/2"
            : null;
    }
}
