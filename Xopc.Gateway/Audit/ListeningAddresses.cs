using System.Net;

namespace Xopc.Gateway.Audit;

/// <summary>Where a gateway listens, and whether others can get there.</summary>
public static class ListeningAddresses
{
    /// <summary>Kestrel's own default when nobody says anything.</summary>
    private const string Default = "localhost";

    /// <summary>The hosts of a list of urls as <c>ASPNETCORE_URLS</c> writes it, <c>http://+:80;http://unix:/run/x.sock</c>.</summary>
    public static IReadOnlyList<string> OfUrls(string? urls)
    {
        var hosts = (urls ?? "").Split(';', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).Select(HostOf).ToArray();
        return hosts.Length == 0 ? [Default] : hosts;
    }

    /// <summary>Whether another machine can reach the address. What cannot be understood counts as reachable.</summary>
    public static bool IsExposed(string host)
    {
        if (host.StartsWith("unix:", StringComparison.OrdinalIgnoreCase) || host.StartsWith("pipe:", StringComparison.OrdinalIgnoreCase)
            || host.Equals("localhost", StringComparison.OrdinalIgnoreCase))
        {
            return false;
        }

        return !IPAddress.TryParse(host, out var address) || !IPAddress.IsLoopback(address);
    }

    /// <summary>Whether the address stands for every interface of the machine.</summary>
    public static bool IsEveryInterface(string host) =>
        host is "*" or "+" || (IPAddress.TryParse(host, out var address) && (address.Equals(IPAddress.Any) || address.Equals(IPAddress.IPv6Any)));

    // http://[::1]:5000/base, http://*:80, http://unix:/run/x.sock
    private static string HostOf(string url)
    {
        var rest = url.IndexOf("://", StringComparison.Ordinal) is var at and >= 0 ? url[(at + 3)..] : url;
        if (rest.StartsWith("unix:", StringComparison.OrdinalIgnoreCase) || rest.StartsWith("pipe:", StringComparison.OrdinalIgnoreCase))
        {
            return rest;
        }

        var authority = rest.Split('/', 2)[0];
        if (authority.StartsWith('['))
        {
            return authority[1..Math.Max(1, authority.IndexOf(']', StringComparison.Ordinal))];
        }

        var colon = authority.IndexOf(':', StringComparison.Ordinal);
        return colon < 0 ? authority : authority[..colon];
    }
}
