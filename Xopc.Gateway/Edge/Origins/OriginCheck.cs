using Xopc.Contracts;
using Xopc.ServiceDefaults.Http;

namespace Xopc.Gateway.Edge.Origins;

/// <summary>Refuses requests of pages that may not call, before anybody looks at a credential, and answers preflights. The headers are <see cref="CorsHeaders"/>'s.</summary>
internal sealed class OriginCheck(RequestDelegate next, OriginJudge judge, EdgeMetrics metrics)
{
    public Task InvokeAsync(HttpContext context)
    {
        var preflight = OriginJudge.IsPreflight(context.Request);
        if (!preflight && !OriginJudge.Covers(context))
        {
            return next(context);
        }

        switch (judge.Judge(context))
        {
            case OriginVerdict.RefusedOrigin:
                metrics.Refused("origin");
                return ApiError.WriteAsync(context, ErrorCode.Forbidden, "Origin not allowed");
            case OriginVerdict.RefusedHost:
                metrics.Refused("host");
                return ApiError.WriteAsync(context, ErrorCode.Forbidden, "Host not allowed: this gateway is not known by that name (gateway.corsOrigins)");
            case OriginVerdict.RefusedSite:
                metrics.Refused("site");
                return ApiError.WriteAsync(context, ErrorCode.Forbidden, "Cross-site request without an origin");
            case var _ when preflight:
                CorsHeaders.AllowNext(context);
                context.Response.StatusCode = StatusCodes.Status204NoContent;
                return Task.CompletedTask;
            default:
                return next(context);
        }
    }
}
