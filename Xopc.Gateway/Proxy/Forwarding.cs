using Yarp.ReverseProxy.Forwarder;

namespace Xopc.Gateway.Proxy;

/// <summary>
/// What stands around the forwarder: the service's share of requests, the deadline, the health of replicas, a second try, and the answer when all of it
/// failed. One step of the pipeline on purpose: every request would pay a continuation for each further one.
/// </summary>
internal sealed class Forwarding(RequestDelegate next, AnswerDeadlines deadlines, ReplicaHealth health, Retries retries, ForwardErrors errors, ServiceLoads loads)
{
    public async Task InvokeAsync(HttpContext context)
    {
        var proxy = context.GetReverseProxyFeature();
        var service = proxy.Cluster.Config.ClusterId;
        if (!loads.TryEnter(service, out var load))
        {
            await errors.SettleAsync(context, service, ForwarderError.NoAvailableDestinations);
            return;
        }

        var isLate = false;
        var deadline = deadlines.Begin(context);
        try
        {
            var replicas = proxy.AvailableDestinations;
            await next(context);
            health.Note(context, proxy);
            if (Retries.NeverLeft(context))
            {
                await retries.SendAgainAsync(context, replicas, load, SendAsync);
            }
        }
        finally
        {
            isLate = deadline is not null && deadlines.End(context, deadline);
            load.Leave();
        }

        await errors.SettleAsync(context, service, isLate ? ForwarderError.RequestTimedOut : context.Features.Get<IForwarderErrorFeature>()?.Error);
    }

    private async Task SendAsync(HttpContext context)
    {
        await next(context);
        health.Note(context, context.GetReverseProxyFeature());
    }
}
