using Yarp.ReverseProxy.Forwarder;
using Yarp.ReverseProxy.Model;

namespace Xopc.Gateway.Proxy;

/// <summary>
/// Sends again what never left: at once to a replica that was not tried, else after a moment to whoever is there by then, for as long as a restart takes.
/// What left is never sent twice; the client decides.
/// </summary>
internal sealed class Retries(ServiceOutages outages, EdgeOptions edge, TimeProvider clock, IHostApplicationLifetime lifetime)
{
    private static readonly TimeSpan FirstWait = TimeSpan.FromMilliseconds(25);
    private static readonly TimeSpan LongestWait = TimeSpan.FromMilliseconds(400);

    public static bool NeverLeft(HttpContext context) =>
        context.Features.Get<IForwarderErrorFeature>() is { Error: ForwarderError.Request } failure && NotConnectedException.IsCauseOf(failure.Exception)
        && !context.Response.HasStarted && !context.RequestAborted.IsCancellationRequested;

    /// <param name="replicas">Who could have been asked the first time.</param>
    /// <param name="send">One attempt.</param>
    public async Task SendAgainAsync(HttpContext context, IReadOnlyList<DestinationState> replicas, ServiceLoad load, RequestDelegate send)
    {
        var proxy = context.GetReverseProxyFeature();
        await ElsewhereAsync(context, proxy, replicas, send);
        if (!NeverLeft(context) || !load.TryWait())
        {
            return;
        }

        try
        {
            await WaitAsync(context, proxy, send);
        }
        finally
        {
            load.EndWait();
        }
    }

    private static async Task ElsewhereAsync(HttpContext context, IReverseProxyFeature proxy, IReadOnlyList<DestinationState> replicas, RequestDelegate send)
    {
        var left = replicas.ToList();
        while (NeverLeft(context) && proxy.ProxiedDestination is { } refused && left.Remove(refused) && left.Count > 0)
        {
            await AgainAsync(context, proxy, left, send);
        }
    }

    private async Task WaitAsync(HttpContext context, IReverseProxyFeature proxy, RequestDelegate send)
    {
        var service = proxy.Cluster.Config.ClusterId;
        for (var wait = FirstWait; NeverLeft(context) && outages.Refused(service) < edge.RestartPatience; wait = Longer(wait))
        {
            await Task.Delay(wait, clock, context.RequestAborted).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            if (context.RequestAborted.IsCancellationRequested || lifetime.ApplicationStopping.IsCancellationRequested)
            {
                return;
            }

            // As they are now: service discovery may have moved it meanwhile.
            await AgainAsync(context, proxy, proxy.Route.Cluster!.DestinationsState.AvailableDestinations, send);
        }
    }

    private static TimeSpan Longer(TimeSpan wait) => wait * 2 < LongestWait ? wait * 2 : LongestWait;

    private static Task AgainAsync(HttpContext context, IReverseProxyFeature proxy, IReadOnlyList<DestinationState> destinations, RequestDelegate send)
    {
        context.Features.Set<IForwarderErrorFeature>(null);
        context.Response.StatusCode = StatusCodes.Status200OK;
        proxy.AvailableDestinations = destinations;
        proxy.ProxiedDestination = null;
        return send(context);
    }
}
