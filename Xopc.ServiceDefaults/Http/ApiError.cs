using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Microsoft.Net.Http.Headers;
using Xopc.Contracts;

namespace Xopc.ServiceDefaults.Http;

/// <summary>The one error shape on the wire: <c>{"error":{"code":"INVALID_REQUEST","message":"…"}}</c>, with <c>Retry-After</c> (seconds) where waiting helps.</summary>
public sealed class ApiError(ErrorCode code, string? message = null, TimeSpan? retryAfter = null) : IResult
{
    // Messages quote what was asked with ' and + and the like, which the default would write as \u0027; the answer is JSON by type and nosniff, never HTML.
    private static readonly JsonWriterOptions Readable = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public ErrorCode Code { get; } = code;

    public string Message { get; } = message ?? code.Meaning;

    public TimeSpan? RetryAfter { get; } = retryAfter;

    public Task ExecuteAsync(HttpContext httpContext) => WriteAsync(httpContext, Code, Message, RetryAfter);

    /// <summary>Writes the error unless the response has started.</summary>
    public static Task WriteAsync(HttpContext context, ErrorCode code, string? message = null, TimeSpan? retryAfter = null) =>
        WriteAsync(context, code.Status, code, message, retryAfter);

    /// <summary>For the few answers whose HTTP status is finer than the registry's (408, 406, 416, …): the status stays, the code is the nearest.</summary>
    internal static Task WriteAsync(HttpContext context, int status, ErrorCode code, string? message, TimeSpan? retryAfter)
    {
        var response = context.Response;
        if (response.HasStarted)
        {
            return Task.CompletedTask;
        }

        // What described the body that did not come. CORS, security headers, Allow and WWW-Authenticate stay.
        response.Headers.Remove(HeaderNames.ContentEncoding);
        response.Headers.Remove(HeaderNames.ContentDisposition);
        response.Headers.Remove(HeaderNames.ETag);
        response.Headers.Remove(HeaderNames.LastModified);
        response.StatusCode = status;
        response.ContentType = ApiJson.ContentType;
        response.Headers.CacheControl = "no-store";
        if (retryAfter is { } wait)
        {
            response.Headers.RetryAfter = Math.Max(1, (int)Math.Ceiling(wait.TotalSeconds)).ToString();
        }

        // With its length, so that it leaves in one piece: a chunked answer's end is a second system call and a second packet, and a flood gets errors only.
        var json = new ArrayBufferWriter<byte>(256);
        using (var body = new Utf8JsonWriter(json, Readable))
        {
            body.WriteStartObject();
            body.WriteStartObject("error"u8);
            body.WriteString("code"u8, code.Name);
            body.WriteString("message"u8, message ?? code.Meaning);
            body.WriteEndObject();
            body.WriteEndObject();
        }

        response.ContentLength = json.WrittenCount;
        return response.BodyWriter.WriteAsync(json.WrittenMemory, context.RequestAborted).AsTask();
    }
}
