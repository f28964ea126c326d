using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Xopc.Contracts;

namespace Xopc.ServiceDefaults.Http;

/// <summary>The one error shape on the wire: <c>{"error":{"code":"INVALID_REQUEST","message":"…"}}</c>, with <c>Retry-After</c> (seconds) where waiting helps.</summary>
public sealed class ApiError(ErrorCode code, string? message = null, TimeSpan? retryAfter = null) : IResult
{
    public ErrorCode Code { get; } = code;

    public string Message { get; } = message ?? code.Meaning;

    public Task ExecuteAsync(HttpContext httpContext) => WriteAsync(httpContext, Code, Message, retryAfter);

    /// <summary>Writes the error unless the response has started.</summary>
    public static Task WriteAsync(HttpContext context, ErrorCode code, string? message = null, TimeSpan? retryAfter = null)
    {
        var response = context.Response;
        if (response.HasStarted)
        {
            return Task.CompletedTask;
        }

        response.StatusCode = code.Status;
        response.ContentType = "application/json; charset=utf-8";
        response.Headers.CacheControl = "no-store";
        if (retryAfter is { } wait)
        {
            response.Headers.RetryAfter = Math.Max(1, (int)Math.Ceiling(wait.TotalSeconds)).ToString();
        }

        using var body = new Utf8JsonWriter(response.BodyWriter);
        body.WriteStartObject();
        body.WriteStartObject("error");
        body.WriteString("code", code.Name);
        body.WriteString("message", message ?? code.Meaning);
        body.WriteEndObject();
        body.WriteEndObject();
        body.Flush();
        return response.BodyWriter.FlushAsync(context.RequestAborted).AsTask();
    }
}
