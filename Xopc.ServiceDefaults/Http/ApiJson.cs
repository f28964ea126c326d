using System.Buffers;
using System.IO.Pipelines;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Net.Http.Headers;
using Xopc.Contracts;

namespace Xopc.ServiceDefaults.Http;

/// <summary>
/// Reads and writes JSON bodies. Reading is strict about the envelope (content type, size, depth of 32, valid UTF-8, one value and nothing after it) and
/// tolerant about fields it does not know. Text holds no NUL (databases and C libraries end there) and no lone surrogates (they are no text): both
/// are refused with 400 rather than silently changed.
/// </summary>
public static class ApiJson
{
    public const string ContentType = "application/json; charset=utf-8";
    private const int MaxDepth = 32;
    private const int KeptBuffer = 256 * 1024;

    [ThreadStatic]
    private static (ArrayBufferWriter<byte> Buffer, Utf8JsonWriter Json)? t_writer;

    /// <summary>Reads the whole body.</summary>
    /// <param name="maxBytes">A longer body, declared or chunked, is 413.</param>
    /// <exception cref="ApiException">415, 413 or 400, with a message that names the field.</exception>
    public static async ValueTask<T> ReadAsync<T>(HttpContext context, JsonTypeInfo<T> type, int maxBytes)
    {
        var request = context.Request;
        RequireJson(request.ContentType);
        if (request.Headers.ContentEncoding is { Count: > 0 } encoding && !encoding.ToString().Equals("identity", StringComparison.OrdinalIgnoreCase))
        {
            throw new ApiException(ErrorCode.UnsupportedMediaType, "The body must not be compressed; leave out the header Content-Encoding");
        }

        if (request.ContentLength > maxBytes)
        {
            throw TooLarge(maxBytes);
        }

        // Kestrel's own limit would strike in the middle with a message of its own; ours is the one that counts, one byte later.
        if (context.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } limit)
        {
            limit.MaxRequestBodySize = maxBytes + 1L;
        }

        var reader = request.BodyReader;
        var body = await ReadToEndAsync(reader, maxBytes, context.RequestAborted);
        try
        {
            return Parse(body, type);
        }
        finally
        {
            reader.AdvanceTo(body.End);
        }
    }

    /// <summary>Writes a value with its length, so that small answers are one write.</summary>
    public static async Task WriteAsync<T>(HttpContext context, T value, JsonTypeInfo<T> type, int status = StatusCodes.Status200OK)
    {
        var response = context.Response;
        response.StatusCode = status;
        response.ContentType = ContentType;

        // Taken while writing: serialising may call getters that write JSON themselves.
        var (buffer, json) = t_writer ?? NewWriter();
        t_writer = null;
        json.Reset(buffer);
        JsonSerializer.Serialize(json, value, type);
        response.ContentLength = buffer.WrittenCount;
        response.BodyWriter.Write(buffer.WrittenSpan);
        if (buffer.Capacity <= KeptBuffer)
        {
            buffer.ResetWrittenCount();
            t_writer = (buffer, json);
        }

        await response.BodyWriter.FlushAsync(context.RequestAborted);
    }

    /// <summary>The same as a result for handlers.</summary>
    public static IResult Result<T>(T value, JsonTypeInfo<T> type, int status = StatusCodes.Status200OK) => new JsonResult<T>(value, type, status);

    private sealed class JsonResult<T>(T value, JsonTypeInfo<T> type, int status) : IResult
    {
        public Task ExecuteAsync(HttpContext httpContext) => WriteAsync(httpContext, value, type, status);
    }

    private static (ArrayBufferWriter<byte> Buffer, Utf8JsonWriter Json) NewWriter()
    {
        var buffer = new ArrayBufferWriter<byte>(1024);
        return (buffer, new Utf8JsonWriter(buffer));
    }

    private static async ValueTask<ReadOnlySequence<byte>> ReadToEndAsync(PipeReader reader, int maxBytes, CancellationToken cancellationToken)
    {
        while (true)
        {
            var result = await reader.ReadAsync(cancellationToken);
            if (result.Buffer.Length > maxBytes)
            {
                reader.AdvanceTo(result.Buffer.End);
                throw TooLarge(maxBytes);
            }

            if (result.IsCompleted)
            {
                return result.Buffer;
            }

            reader.AdvanceTo(result.Buffer.Start, result.Buffer.End);
        }
    }

    private static T Parse<T>(ReadOnlySequence<byte> body, JsonTypeInfo<T> type)
    {
        if (body.IsSingleSegment)
        {
            return ApiJsonParser.Parse(body.FirstSpan, type, MaxDepth);
        }

        var length = (int)body.Length;
        var rented = ArrayPool<byte>.Shared.Rent(length);
        try
        {
            body.CopyTo(rented);
            return ApiJsonParser.Parse(rented.AsSpan(0, length), type, MaxDepth);
        }
        finally
        {
            // Bodies hold people's words: they do not stay behind in a shared pool.
            ArrayPool<byte>.Shared.Return(rented, clearArray: true);
        }
    }

    private static void RequireJson(string? contentType)
    {
        if (MediaTypeHeaderValue.TryParse(contentType, out var media)
            && (media.MediaType.Equals("application/json", StringComparison.OrdinalIgnoreCase)
                || (media.Type.Equals("application", StringComparison.OrdinalIgnoreCase) && media.Suffix.Equals("json", StringComparison.OrdinalIgnoreCase)))
            && (!media.Charset.HasValue || HeaderUtilities.RemoveQuotes(media.Charset).Equals("utf-8", StringComparison.OrdinalIgnoreCase)))
        {
            return;
        }

        throw new ApiException(ErrorCode.UnsupportedMediaType, "The body must be application/json in UTF-8; send the header Content-Type: application/json");
    }

    private static ApiException TooLarge(int maxBytes) =>
        new(ErrorCode.PayloadTooLarge, maxBytes >= 1024 * 1024 ? $"The body is larger than {maxBytes / 1024.0 / 1024.0:0.##} MiB" : $"The body is larger than {maxBytes} bytes");
}
