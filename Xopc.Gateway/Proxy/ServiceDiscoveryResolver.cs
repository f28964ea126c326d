using System.Net;
using Microsoft.Extensions.Primitives;
using Microsoft.Extensions.ServiceDiscovery;
using Yarp.ReverseProxy.Configuration;
using Yarp.ReverseProxy.ServiceDiscovery;

namespace Xopc.Gateway.Proxy;

/// <summary>
/// Turns <c>https+http://xopc-agents</c> into the endpoints that service discovery knows (<c>services__xopc-agents__https__0</c>, … or else
/// <c>…__http__0</c>, …), one destination each, and follows their changes. YARP makes its own HTTP clients, so the discovery of the client factory does not reach it.
/// </summary>
internal sealed class ServiceDiscoveryResolver(ServiceEndpointResolver endpoints) : IDestinationResolver
{
    public async ValueTask<ResolvedDestinationCollection> ResolveDestinationsAsync(
        IReadOnlyDictionary<string, DestinationConfig> destinations, CancellationToken cancellationToken)
    {
        var resolved = new Dictionary<string, DestinationConfig>(StringComparer.OrdinalIgnoreCase);
        var changes = new List<IChangeToken>();
        foreach (var (id, destination) in destinations)
        {
            var configured = new Uri(destination.Address);
            if (UnixDestination.FindPath(configured.Host) is not null)
            {
                resolved[id] = destination;
                continue;
            }

            var source = await endpoints.GetEndpointsAsync(configured.GetLeftPart(UriPartial.Authority), cancellationToken);
            changes.Add(source.ChangeToken);
            configured = WithOneScheme(configured);
            if (source.Endpoints.Count == 0)
            {
                resolved[id] = destination with { Address = configured.ToString() };
            }

            foreach (var (endpoint, index) in source.Endpoints.Select((endpoint, index) => (endpoint, index)))
            {
                resolved[$"{id}-{index}"] = destination with { Address = AddressOf(endpoint.EndPoint, configured) };
            }
        }

        return new ResolvedDestinationCollection(resolved, changes.Count == 0 ? null : new CompositeChangeToken(changes));
    }

    /// <summary>For what discovery does not know, and what it knows without a scheme: the last of <c>https+http</c>.</summary>
    private static Uri WithOneScheme(Uri address) =>
        address.Scheme.LastIndexOf('+') is var plus and >= 0 ? new Uri(address.Scheme[(plus + 1)..] + address.AbsoluteUri[address.Scheme.Length..]) : address;

    private static string AddressOf(EndPoint endpoint, Uri configured) => endpoint switch
    {
        UriEndPoint uri => uri.Uri.ToString(),
        DnsEndPoint dns => With(configured, dns.Host, dns.Port),
        IPEndPoint ip => With(configured, ip.Address.ToString(), ip.Port),
        _ => configured.ToString(),
    };

    private static string With(Uri configured, string host, int port) =>
        new UriBuilder(configured) { Host = host, Port = port == 0 ? -1 : port }.Uri.ToString();
}
