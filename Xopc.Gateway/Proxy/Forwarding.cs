using Yarp.ReverseProxy.Forwarder;
using Yarp.ReverseProxy.Model;

namespace Xopc.Gateway.Proxy;

/// <summary>
/// Sends a request on, and again where nothing of it left: at once to a replica that was not tried, else after a moment to whoever is there by then, for
/// as long as a restart takes. What left is never sent twice; the client decides.
/// </summary>
internal sealed class Forwarding(RequestDelegate next, ServiceOutages outages, EdgeOptions edge, TimeProvider clock, IHostApplicationLifetime lifetime)
{
    private static readonly TimeSpan FirstWait = TimeSpan.FromMilliseconds(25);
    private static readonly TimeSpan LongestWait = TimeSpan.FromMilliseconds(400);
    private readonly Dictionary<string, ServiceLoad> _loads = XopcServices.All.ToDictionary(name => name, _ => new ServiceLoad(), StringComparer.Ordinal);

    public async Task InvokeAsync(HttpContext context)
    {
        var proxy = context.GetReverseProxyFeature();
        var load = _loads[proxy.Cluster.Config.ClusterId];
        if (!load.TryEnter(edge.MaxForwardedPerService))
        {
            context.Features.Set<IForwarderErrorFeature>(new Full());
            return;
        }

        try
        {
            var replicas = proxy.AvailableDestinations;
            await next(context);
            if (NeverLeft(context))
            {
                await ElsewhereAsync(context, proxy, replicas);
                await WaitAsync(context, proxy, load);
            }
        }
        finally
        {
            load.Leave();
        }
    }

    private static bool NeverLeft(HttpContext context) =>
        context.Features.Get<IForwarderErrorFeature>() is { Error: ForwarderError.Request } failure && NotConnectedException.IsCauseOf(failure.Exception)
        && !context.Response.HasStarted && !context.RequestAborted.IsCancellationRequested;

    private async Task ElsewhereAsync(HttpContext context, IReverseProxyFeature proxy, IReadOnlyList<DestinationState> replicas)
    {
        var left = replicas.ToList();
        while (NeverLeft(context) && proxy.ProxiedDestination is { } refused && left.Remove(refused) && left.Count > 0)
        {
            await AgainAsync(context, proxy, left);
        }
    }

    private async Task WaitAsync(HttpContext context, IReverseProxyFeature proxy, ServiceLoad load)
    {
        if (!NeverLeft(context) || !load.TryWait())
        {
            return;
        }

        try
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
                await AgainAsync(context, proxy, proxy.Route.Cluster!.DestinationsState.AvailableDestinations);
            }
        }
        finally
        {
            load.EndWait();
        }
    }

    private static TimeSpan Longer(TimeSpan wait) => wait * 2 < LongestWait ? wait * 2 : LongestWait;

    private Task AgainAsync(HttpContext context, IReverseProxyFeature proxy, IReadOnlyList<DestinationState> destinations)
    {
        context.Features.Set<IForwarderErrorFeature>(null);
        context.Response.StatusCode = StatusCodes.Status200OK;
        proxy.AvailableDestinations = destinations;
        proxy.ProxiedDestination = null;
        return next(context);
    }

    /// <summary>As the forwarder says it when there is nobody to send to.</summary>
    private sealed class Full : IForwarderErrorFeature
    {
        public ForwarderError Error => ForwarderError.NoAvailableDestinations;

        public Exception? Exception => null;
    }
}
