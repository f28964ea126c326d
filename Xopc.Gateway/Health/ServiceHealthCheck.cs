using Microsoft.Extensions.Diagnostics.HealthChecks;
using Yarp.ReverseProxy;
using Yarp.ReverseProxy.Model;

namespace Xopc.Gateway.Health;

/// <summary>Whether a service of the bundle answers, and what it says about itself: the best of its replicas counts.</summary>
internal sealed class ServiceHealthCheck(string service, IProxyStateLookup proxies) : IHealthCheck
{
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(2);

    public async Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        if (!proxies.TryGetCluster(service, out var cluster))
        {
            return HealthCheckResult.Unhealthy("not configured");
        }

        var answers = await Task.WhenAll(cluster.DestinationsState.AllDestinations.Select(destination => AskAsync(cluster, destination, cancellationToken)));
        var best = answers.Length == 0 ? HealthCheckResult.Unhealthy("no address") : answers.MaxBy(answer => answer.Status);

        // Conversations need the agents alone: without another service the gateway still works, with less.
        return best.Status is HealthStatus.Unhealthy && service != XopcServices.Agents ? HealthCheckResult.Degraded(best.Description) : best;
    }

    private static async Task<HealthCheckResult> AskAsync(ClusterState cluster, DestinationState destination, CancellationToken cancellationToken)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, new Uri(new Uri(destination.Model.Config.Address), "/health"));
        try
        {
            using var response = await cluster.Model.HttpClient.SendAsync(request, cancellationToken);
            return response.IsSuccessStatusCode
                ? HealthCheckResult.Healthy("answers")
                : HealthCheckResult.Degraded($"answers {(int)response.StatusCode}");
        }
        catch (HttpRequestException)
        {
            return HealthCheckResult.Unhealthy("cannot be reached");
        }
        catch (OperationCanceledException)
        {
            return HealthCheckResult.Unhealthy("does not answer");
        }
    }
}
