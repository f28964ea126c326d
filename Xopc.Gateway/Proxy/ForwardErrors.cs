using System.Globalization;
using Xopc.Contracts;
using Xopc.ServiceDefaults.Http;
using Yarp.ReverseProxy.Forwarder;

namespace Xopc.Gateway.Proxy;

/// <summary>A request that could not be forwarded, in the one error shape. What a service answered itself passes untouched.</summary>
internal sealed class ForwardErrors(RequestDelegate next, ServiceOutages outages)
{
    private static readonly TimeSpan RetryAfter = TimeSpan.FromSeconds(2);

    public async Task InvokeAsync(HttpContext context)
    {
        await next(context);
        var service = context.GetReverseProxyFeature().Cluster.Config.ClusterId;
        if (context.GetForwarderErrorFeature() is not { } failure)
        {
            outages.Answered(service);
            return;
        }

        if (IsOfTheService(failure.Error) && !context.RequestAborted.IsCancellationRequested)
        {
            outages.Failed(service, failure.Error);
        }

        if (!context.Response.HasStarted && !context.RequestAborted.IsCancellationRequested)
        {
            await WriteAsync(context, service, failure.Error);
        }
    }

    private static Task WriteAsync(HttpContext context, string service, ForwarderError error) => error switch
    {
        ForwarderError.RequestBodyClient when context.Response.StatusCode == StatusCodes.Status413PayloadTooLarge =>
            ApiError.WriteAsync(context, ErrorCode.PayloadTooLarge),
        ForwarderError.RequestBodyClient or ForwarderError.RequestBodyCanceled =>
            ApiError.WriteAsync(context, ErrorCode.InvalidRequest, "The request body could not be read"),
        ForwarderError.RequestTimedOut =>
            ApiError.WriteAsync(context, ErrorCode.Timeout, string.Create(CultureInfo.InvariantCulture, $"The {service} service did not answer in time")),
        _ => ApiError.WriteAsync(context, ErrorCode.Unavailable, $"The {service} service cannot be reached now", RetryAfter),
    };

    private static bool IsOfTheService(ForwarderError error) => error is
        ForwarderError.Request or ForwarderError.NoAvailableDestinations or ForwarderError.RequestBodyDestination
        or ForwarderError.ResponseHeaders or ForwarderError.ResponseBodyDestination;
}
