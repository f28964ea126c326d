using System.Collections.Immutable;
using System.Net;

namespace Xopc.Gateway.Edge.Clients;

/// <summary>The listed proxies, parsed once per configuration.</summary>
internal sealed class TrustedProxies
{
    private readonly IPNetwork[] _networks;

    /// <param name="written">Addresses and CIDR networks; the configuration has judged them.</param>
    public TrustedProxies(ImmutableArray<string> written)
    {
        var networks = new List<IPNetwork>(written.Length);
        foreach (var text in written)
        {
            if (IPAddress.TryParse(text, out var address))
            {
                var plain = ClientKey.Plain(address);
                networks.Add(new IPNetwork(plain, plain.GetAddressBytes().Length * 8));
            }
            else if (IPNetwork.TryParse(text, out var network))
            {
                networks.Add(Plain(network));
            }
        }

        _networks = [.. networks];
    }

    public bool IsEmpty => _networks.Length == 0;

    public bool Contains(IPAddress address)
    {
        foreach (var network in _networks)
        {
            if (network.Contains(address))
            {
                return true;
            }
        }

        return false;
    }

    /// <summary><c>::ffff:10.0.0.0/104</c> is <c>10.0.0.0/8</c>.</summary>
    private static IPNetwork Plain(IPNetwork network) =>
        network.BaseAddress.IsIPv4MappedToIPv6 && network.PrefixLength >= 96 ? new IPNetwork(network.BaseAddress.MapToIPv4(), network.PrefixLength - 96) : network;
}
