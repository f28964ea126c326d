using System.Globalization;
using Xopc.Contracts;
using Xopc.ServiceDefaults.Http;
using Yarp.ReverseProxy.Forwarder;

namespace Xopc.Gateway.Proxy;

/// <summary>A request that could not be forwarded, in the one error shape. What a service answered itself passes untouched.</summary>
internal static class ForwardErrors
{
    private static readonly TimeSpan RetryAfter = TimeSpan.FromSeconds(2);

    public static async Task WriteAsync(HttpContext context, RequestDelegate next)
    {
        await next(context);
        if (context.GetForwarderErrorFeature() is not { } failure || context.Response.HasStarted || context.RequestAborted.IsCancellationRequested)
        {
            return;
        }

        var service = context.GetReverseProxyFeature().Cluster.Config.ClusterId;
        switch (failure.Error)
        {
            case ForwarderError.RequestBodyClient when context.Response.StatusCode == StatusCodes.Status413PayloadTooLarge:
                await ApiError.WriteAsync(context, ErrorCode.PayloadTooLarge);
                break;
            case ForwarderError.RequestBodyClient or ForwarderError.RequestBodyCanceled:
                await ApiError.WriteAsync(context, ErrorCode.InvalidRequest, "The request body could not be read");
                break;
            case ForwarderError.RequestTimedOut:
                await ApiError.WriteAsync(context, ErrorCode.Timeout, string.Create(CultureInfo.InvariantCulture, $"The {service} service did not answer in time"));
                break;
            default:
                await ApiError.WriteAsync(context, ErrorCode.Unavailable, $"The {service} service cannot be reached now", RetryAfter);
                break;
        }
    }
}
