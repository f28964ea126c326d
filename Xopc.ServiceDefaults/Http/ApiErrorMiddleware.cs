using System.Diagnostics;
using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Microsoft.Net.Http.Headers;
using Xopc.Contracts;

namespace Xopc.ServiceDefaults.Http;

/// <summary>Gives every failure the one shape: exceptions, and answers that are a status without a body (404, 405, 415, YARP's 502, …).</summary>
internal sealed partial class ApiErrorMiddleware(RequestDelegate next, IOptions<ApiErrorOptions> options, ILogger<ApiErrorMiddleware> log)
{
    private const int ClientClosedRequest = 499;

    public async Task InvokeAsync(HttpContext context)
    {
        try
        {
            await next(context);
        }
        catch (Exception e)
        {
            await AnswerAsync(context, e);
            return;
        }

        if (context.Response.StatusCode >= 400 && !context.Response.HasStarted && context.Response.ContentType is null && context.Response.ContentLength is null or 0)
        {
            await AnswerStatusAsync(context, context.Response.StatusCode);
        }
    }

    private Task AnswerAsync(HttpContext context, Exception exception)
    {
        if (context.RequestAborted.IsCancellationRequested && exception is OperationCanceledException or IOException)
        {
            // The client left; nobody reads an answer and nothing went wrong here.
            if (!context.Response.HasStarted)
            {
                context.Response.StatusCode = ClientClosedRequest;
            }

            return Task.CompletedTask;
        }

        if (exception is BadHttpRequestException { InnerException: not JsonException } bad)
        {
            return bad.StatusCode == StatusCodes.Status400BadRequest
                ? ApiError.WriteAsync(context, ErrorCode.InvalidRequest, "The request body could not be read")
                : AnswerStatusAsync(context, bad.StatusCode);
        }

        if (exception is IOException { InnerException: OverflowException })
        {
            // A chunk that announces more bytes than there are numbers for: the listener has no better word for it.
            return ApiError.WriteAsync(context, ErrorCode.InvalidRequest, "The request body could not be read");
        }

        var error = Map(exception);
        if (error is null)
        {
            var trace = Activity.Current?.TraceId.ToHexString() ?? context.TraceIdentifier;
            LogUnhandled(exception, context.Request.Method, context.Request.Path, trace);
            error = new ApiError(ErrorCode.InternalError);
        }

        if (context.Response.HasStarted)
        {
            // Half a body with a clean end would look complete to the client.
            context.Abort();
            return Task.CompletedTask;
        }

        return error.ExecuteAsync(context);
    }

    private ApiError? Map(Exception exception)
    {
        foreach (var map in options.Value.Maps)
        {
            if (map(exception) is { } error)
            {
                var kind = exception.GetType().Name;
                LogMapped(error.Code.Status >= 500 ? LogLevel.Warning : LogLevel.Debug, error.Code.Name, kind);
                return error;
            }
        }

        switch (exception)
        {
            case ApiException api:
                return new ApiError(api.Code, api.Message, api.RetryAfter);
            case BadHttpRequestException:
                return new ApiError(ErrorCode.InvalidRequest, "The body is not valid JSON for this route");
            case JsonException:
                // Said aloud: it may as well be JSON of our own that could not be read.
                LogMapped(LogLevel.Warning, ErrorCode.InvalidRequest.Name, nameof(JsonException));
                return new ApiError(ErrorCode.InvalidRequest, "The body is not valid JSON for this route");
            default:
                return null;
        }
    }

    private static Task AnswerStatusAsync(HttpContext context, int status)
    {
        var (code, message) = status switch
        {
            401 => (ErrorCode.Unauthorized, null),
            403 => (ErrorCode.Forbidden, null),
            404 => (ErrorCode.NotFound, null),
            405 => (ErrorCode.MethodNotAllowed, AllowedMethods(context)),
            408 => (ErrorCode.InvalidRequest, "The request came too slowly"),
            409 => (ErrorCode.Conflict, null),
            412 => (ErrorCode.PreconditionFailed, null),
            413 => (ErrorCode.PayloadTooLarge, null),
            414 => (ErrorCode.InvalidRequest, "The address of the request is too long"),
            415 => (ErrorCode.UnsupportedMediaType, null),
            429 => (ErrorCode.RateLimited, null),
            431 => (ErrorCode.HeadersTooLarge, null),
            502 or 503 => (ErrorCode.Unavailable, (string?)null),
            504 => (ErrorCode.Timeout, null),
            >= 500 => (ErrorCode.InternalError, null),
            _ => (ErrorCode.InvalidRequest, null),
        };
        return ApiError.WriteAsync(context, status, code, message, retryAfter: null);
    }

    private static string? AllowedMethods(HttpContext context) =>
        context.Response.Headers[HeaderNames.Allow] is { Count: > 0 } allow ? $"This path answers {allow}" : null;

    [LoggerMessage(Level = LogLevel.Error, Message = "{Method} {Path} failed (trace {TraceId})")]
    private partial void LogUnhandled(Exception exception, string method, string path, string traceId);

    [LoggerMessage(Message = "Answered {Code} because of {Exception}")]
    private partial void LogMapped(LogLevel level, string code, string exception);
}
