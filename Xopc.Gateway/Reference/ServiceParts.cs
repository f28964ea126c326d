using Xopc.Gateway.Proxy;
using Xopc.ServiceDefaults.OpenApi;
using Yarp.ReverseProxy;
using Yarp.ReverseProxy.Model;

namespace Xopc.Gateway.Reference;

/// <summary>Asks the services of a bundle for their parts of the document, all at once and not for long.</summary>
internal sealed class ServiceParts(IProxyStateLookup proxies, PrincipalStamp stamp, EdgeOptions edge)
{
    private const int LongestPart = 4 * 1024 * 1024;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(2);

    /// <returns>Every service; null where none of its replicas answered.</returns>
    public async Task<(string Service, byte[]? Json)[]> GetAsync(HttpContext context)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted);
        limit.CancelAfter(Patience);
        return await Task.WhenAll(edge.Destinations.Keys.Select(async service => (service, await AskAsync(context, service, limit.Token))));
    }

    private async Task<byte[]?> AskAsync(HttpContext context, string service, CancellationToken cancellationToken)
    {
        if (!proxies.TryGetCluster(service, out var cluster))
        {
            return null;
        }

        foreach (var destination in cluster.DestinationsState.AvailableDestinations)
        {
            if (await AskAsync(context, cluster, destination, cancellationToken) is { } part)
            {
                return part;
            }
        }

        return null;
    }

    private async Task<byte[]?> AskAsync(HttpContext context, ClusterState cluster, DestinationState destination, CancellationToken cancellationToken)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, new Uri(new Uri(destination.Model.Config.Address), OpenApiPart.Path));
        stamp.Apply(context, request);
        try
        {
            using var response = await cluster.Model.HttpClient.SendAsync(request, cancellationToken);
            if (!response.IsSuccessStatusCode)
            {
                return null;
            }

            await response.Content.LoadIntoBufferAsync(LongestPart, cancellationToken);
            return await response.Content.ReadAsByteArrayAsync(cancellationToken);
        }
        catch (Exception e) when (e is HttpRequestException or IOException || (e is OperationCanceledException && !context.RequestAborted.IsCancellationRequested))
        {
            return null; // away, or too slow: its part is left out and the document says so
        }
    }
}
