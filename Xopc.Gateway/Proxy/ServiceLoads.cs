using System.Collections.Frozen;

namespace Xopc.Gateway.Proxy;

/// <summary>The requests under way to each service, none beyond <see cref="EdgeOptions.MaxForwardedPerService"/>: one that hangs holds no more than its share.</summary>
internal sealed class ServiceLoads(EdgeOptions edge)
{
    private readonly FrozenDictionary<string, ServiceLoad> _loads = XopcServices.All.ToFrozenDictionary(name => name, _ => new ServiceLoad(), StringComparer.Ordinal);

    /// <param name="load">Of the service; true: to be left by the caller.</param>
    public bool TryEnter(string service, out ServiceLoad load)
    {
        load = _loads[service];
        return load.TryEnter(edge.MaxForwardedPerService);
    }
}
