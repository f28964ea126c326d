using System.Buffers;
using System.Net;
using System.Net.Sockets;

namespace Xopc.Gateway.Edge.Origins;

/// <summary>A host as in a Host header or an origin: <c>localhost:3000</c>, <c>10.0.0.5</c>, <c>[::1]:18790</c>.</summary>
/// <param name="Name">Lower case; IPv6 without brackets in its shortest form.</param>
/// <param name="Port">-1: none is written.</param>
internal readonly record struct WebHost(string Name, int Port)
{
    private const int MaxName = 253;

    private static readonly SearchValues<char> InBrackets = SearchValues.Create("[]0123456789abcdefABCDEF:.");
    private static readonly SearchValues<char> Ipv4 = SearchValues.Create("0123456789.");

    public static bool TryParse(ReadOnlySpan<char> text, out WebHost host)
    {
        host = default;
        var name = text;
        var port = -1;
        var colon = text.LastIndexOf(':');
        if (colon >= 0 && text.IndexOf(']') < colon)
        {
            if (!TryPort(text[(colon + 1)..], out port))
            {
                return false;
            }

            name = text[..colon];
        }

        if (name.Length is 0 or > MaxName)
        {
            return false;
        }

        if (name[0] == '[')
        {
            if (name[^1] != ']' || name.ContainsAnyExcept(InBrackets) || !IPAddress.TryParse(name[1..^1], out var address)
                || address.AddressFamily is not AddressFamily.InterNetworkV6)
            {
                return false;
            }

            host = new WebHost(address.ToString(), port);
            return true;
        }

        foreach (var c in name)
        {
            if (!char.IsAsciiLetterOrDigit(c) && c is not ('-' or '.' or '_'))
            {
                return false;
            }
        }

        host = new WebHost(Lower(name), port);
        return true;
    }

    /// <summary>The three names that a page of this machine has.</summary>
    public bool IsLoopback => Name is "localhost" or "127.0.0.1" or "::1";

    /// <summary>An address instead of a name. No DNS answer stands behind it, so nobody can have pointed it here.</summary>
    public bool IsAddress => Name.Contains(':') || (Name.AsSpan().Count('.') == 3 && !Name.AsSpan().ContainsAnyExcept(Ipv4) && IPAddress.TryParse(Name, out _));

    private static string Lower(ReadOnlySpan<char> name) =>
        name.ContainsAnyInRange('A', 'Z') ? string.Create(name.Length, name, static (to, from) => from.ToLowerInvariant(to)) : name.ToString();

    private static bool TryPort(ReadOnlySpan<char> text, out int port)
    {
        port = -1;
        return text.Length is > 0 and <= 5 && !text.ContainsAnyExceptInRange('0', '9') && int.TryParse(text, out port) && port <= 65535;
    }
}
