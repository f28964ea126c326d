using Xopc.Contracts;
using Xopc.ServiceDefaults.Http;

namespace Xopc.Gateway.Edge;

/// <summary>The parts of the pipeline that every process of Xopc shares, in one place.</summary>
internal static class EdgeDefaults
{
    public static void UseEdgeErrors(this WebApplication app) => app.Use(async (HttpContext context, RequestDelegate next) =>
    {
        try
        {
            await next(context);
        }
        catch (ApiException ex)
        {
            await ApiError.WriteAsync(context, ex.Code, ex.Message, ex.RetryAfter);
            return;
        }
        catch (BadHttpRequestException ex)
        {
            context.Response.StatusCode = ex.StatusCode;
        }

        if (context.Response is { HasStarted: false, StatusCode: >= 400, ContentLength: null or 0, ContentType: null })
        {
            var code = ErrorCode.All.FirstOrDefault(c => c.Status == context.Response.StatusCode && c != ErrorCode.ChannelNotFound && c != ErrorCode.SessionNotFound) ?? ErrorCode.InvalidRequest;
            await ApiError.WriteAsync(context, code);
        }
    });

    public static void UseEdgeScopes(this WebApplication app) => app.Use(static (HttpContext context, RequestDelegate next) =>
    {
        var scope = context.GetEndpoint()?.Metadata.GetMetadata<EndpointScope>();
        return scope?.Required is { } needed && context.GetPrincipal().Scope < needed
            ? ApiError.WriteAsync(context, ErrorCode.Forbidden, $"Missing required scope: operator.{needed.ToString().ToLowerInvariant()}")
            : next(context);
    });
}
