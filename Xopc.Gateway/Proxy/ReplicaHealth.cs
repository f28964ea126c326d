using System.Runtime.CompilerServices;
using Yarp.ReverseProxy.Forwarder;
using Yarp.ReverseProxy.Health;
using Yarp.ReverseProxy.Model;

namespace Xopc.Gateway.Proxy;

/// <summary>
/// Which replicas are asked. One that took no connection is out at once, by the request that noticed; one that is probed in vain, after the second time. An
/// answer, to a request or to a probe, brings it back.
/// </summary>
internal sealed class ReplicaHealth(IDestinationHealthUpdater health) : IPassiveHealthCheckPolicy, IActiveHealthCheckPolicy
{
    public const string PolicyName = "Replica";

    /// <summary>Where nobody probes, a request tries again after this long.</summary>
    public static readonly TimeSpan Reactivation = TimeSpan.FromSeconds(5);

    /// <summary>A busy process may miss one probe.</summary>
    private const int FailuresUntilOut = 2;

    private readonly ConditionalWeakTable<DestinationState, StrongBox<int>> _failures = [];

    string IPassiveHealthCheckPolicy.Name => PolicyName;

    string IActiveHealthCheckPolicy.Name => PolicyName;

    /// <summary>After an attempt: what YARP's own step of the pipeline would tell.</summary>
    public void Note(HttpContext context, IReverseProxyFeature proxy)
    {
        if (proxy.ProxiedDestination is { } destination)
        {
            RequestProxied(context, proxy.Route.Cluster!, destination);
        }
    }

    public void RequestProxied(HttpContext context, ClusterState cluster, DestinationState destination)
    {
        var failure = context.Features.Get<IForwarderErrorFeature>();
        if (failure is null)
        {
            Revive(cluster, destination);
        }
        else if (NotConnectedException.IsCauseOf(failure.Exception))
        {
            health.SetPassive(cluster, destination, DestinationHealth.Unhealthy, Reactivation);
        }
    }

    public void ProbingCompleted(ClusterState cluster, IReadOnlyList<DestinationProbingResult> probingResults)
    {
        var changes = new List<NewActiveDestinationHealth>(probingResults.Count);
        foreach (var result in probingResults)
        {
            var failures = _failures.GetOrCreateValue(result.Destination);
            var answers = result.Response?.IsSuccessStatusCode == true;
            failures.Value = answers ? 0 : failures.Value + 1;
            var isOut = failures.Value >= FailuresUntilOut || NotConnectedException.IsCauseOf(result.Exception);
            changes.Add(new NewActiveDestinationHealth(result.Destination, isOut ? DestinationHealth.Unhealthy : DestinationHealth.Healthy));
            if (answers)
            {
                Revive(cluster, result.Destination);
            }
        }

        health.SetActive(cluster, changes);
    }

    private void Revive(ClusterState cluster, DestinationState destination)
    {
        if (destination.Health.Passive == DestinationHealth.Unhealthy)
        {
            health.SetPassive(cluster, destination, DestinationHealth.Healthy, Reactivation);
        }
    }
}
