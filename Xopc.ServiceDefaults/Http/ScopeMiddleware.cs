using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Logging;
using Xopc.Contracts;

namespace Xopc.ServiceDefaults.Http;

/// <summary>
/// Compares the caller's scope with what the endpoint asks for. An endpoint without an annotation is closed: 403, and an error in the log, because
/// somebody forgot to decide.
/// </summary>
internal sealed partial class ScopeMiddleware(RequestDelegate next, ILogger<ScopeMiddleware> log)
{
    public Task InvokeAsync(HttpContext context)
    {
        var endpoint = context.GetEndpoint();
        if (endpoint is null || IsRefusalOfRouting(endpoint))
        {
            return next(context);
        }

        var scope = endpoint.Metadata.GetMetadata<EndpointScope>();
        if (scope is null)
        {
            LogUnannotated(endpoint.DisplayName ?? "?");
            return ApiError.WriteAsync(context, ErrorCode.Forbidden, "This endpoint declares no scope and is closed");
        }

        if (scope.PublicReason is not null)
        {
            return next(context);
        }

        var principal = context.FindPrincipal();
        if (principal is null)
        {
            return ApiError.WriteAsync(context, ErrorCode.Unauthorized, "Missing authentication token");
        }

        // An annotation with neither scope nor reason is read as the highest scope.
        var required = scope.Required ?? OperatorScope.Admin;
        if (principal.IsRestricted && (required is OperatorScope.Admin || endpoint.Metadata.GetMetadata<WholeInstallationEndpoint>() is not null))
        {
            // Before the scope: that it is closed to this caller says already that it is there.
            return ApiError.WriteAsync(context, ErrorCode.NotFound);
        }

        return principal.Scope >= required ? next(context) : ApiError.WriteAsync(context, ErrorCode.Forbidden, $"Missing required scope: {ScopeNames.Of(required)}");
    }

    /// <summary>Routing answers a known path with a wrong method (405) or content type (415) by an endpoint of its own, which is no route and carries nothing.</summary>
    private static bool IsRefusalOfRouting(Endpoint endpoint) => endpoint is not RouteEndpoint && endpoint.Metadata.Count == 0;

    [LoggerMessage(Level = LogLevel.Error, Message = "Endpoint {Endpoint} carries neither a scope nor a reason to be public; it is refused")]
    private partial void LogUnannotated(string endpoint);
}
