using System.Globalization;
using System.Security.Authentication;
using Xopc.Contracts;
using Xopc.ServiceDefaults.Http;
using Yarp.ReverseProxy.Forwarder;

namespace Xopc.Gateway.Proxy;

/// <summary>Answers a request that could not be forwarded, in the one error shape. What a service answered itself passes untouched.</summary>
internal sealed class ForwardErrors(ServiceOutages outages)
{
    private static readonly TimeSpan RetryAfter = TimeSpan.FromSeconds(2);

    /// <param name="failed">Null: the service answered.</param>
    public Task SettleAsync(HttpContext context, string service, ForwarderError? failed)
    {
        if (failed is not { } error)
        {
            outages.Answered(service);
            return Task.CompletedTask;
        }

        if (context.RequestAborted.IsCancellationRequested)
        {
            return Task.CompletedTask;
        }

        if (IsOfTheService(error))
        {
            outages.Failed(service, ReasonOf(context, error));
        }

        return context.Response.HasStarted ? Task.CompletedTask : WriteAsync(context, service, error);
    }

    private static Task WriteAsync(HttpContext context, string service, ForwarderError error) => error switch
    {
        ForwarderError.RequestBodyClient when context.Response.StatusCode == StatusCodes.Status413PayloadTooLarge =>
            ApiError.WriteAsync(context, ErrorCode.PayloadTooLarge),
        ForwarderError.RequestBodyClient or ForwarderError.RequestBodyCanceled =>
            ApiError.WriteAsync(context, ErrorCode.InvalidRequest, "The request body could not be read"),
        ForwarderError.RequestTimedOut =>
            ApiError.WriteAsync(context, ErrorCode.Timeout, string.Create(CultureInfo.InvariantCulture, $"The {service} service did not answer in time"), RetryAfter),
        _ => ApiError.WriteAsync(context, ErrorCode.Unavailable, $"The {service} service cannot be reached now", RetryAfter),
    };

    /// <summary>A certificate that is not trusted looks like a service that is away, and is somebody's to mend.</summary>
    private static string ReasonOf(HttpContext context, ForwarderError error)
    {
        for (var cause = context.Features.Get<IForwarderErrorFeature>()?.Exception; cause is not null; cause = cause.InnerException)
        {
            if (cause is AuthenticationException)
            {
                return $"no TLS: {cause.Message}";
            }
        }

        return error.ToString();
    }

    private static bool IsOfTheService(ForwarderError error) => error is
        ForwarderError.Request or ForwarderError.NoAvailableDestinations or ForwarderError.RequestBodyDestination
        or ForwarderError.ResponseHeaders or ForwarderError.ResponseBodyDestination;
}
