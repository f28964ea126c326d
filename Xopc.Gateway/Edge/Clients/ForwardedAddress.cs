using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using System.Net;

namespace Xopc.Gateway.Edge.Clients;

/// <summary>One entry of a forwarded header: <c>203.0.113.7</c>, <c>203.0.113.7:4711</c>, <c>2001:db8::1</c>, <c>[2001:db8::1]:4711</c>.</summary>
internal static class ForwardedAddress
{
    /// <summary>An IPv6 address with an embedded IPv4 one, brackets and a port.</summary>
    private const int MaxLength = 45 + 2 + 6;

    private static readonly SearchValues<char> Ipv6 = SearchValues.Create("0123456789abcdefABCDEF:.");
    private static readonly SearchValues<char> Ipv4 = SearchValues.Create("0123456789.");

    /// <summary>False for names, <c>unknown</c>, zones and everything else that is no plain address.</summary>
    public static bool TryParse(ReadOnlySpan<char> text, [NotNullWhen(true)] out IPAddress? address)
    {
        address = null;
        if (text.Length is 0 or > MaxLength)
        {
            return false;
        }

        if (text[0] == '[')
        {
            var end = text.IndexOf(']');
            if (end < 0 || (end + 1 < text.Length && !IsPort(text[(end + 1)..])))
            {
                return false;
            }

            text = text[1..end];
        }
        else if (text.Count(':') == 1)
        {
            var colon = text.IndexOf(':');
            if (!IsPort(text[colon..]))
            {
                return false;
            }

            text = text[..colon];
        }

        // The parser also takes 127.1, 0x7f000001 and 2130706433, and a zone behind %, which no proxy writes.
        var plain = text.Contains(':') ? !text.ContainsAnyExcept(Ipv6) : text.Count('.') == 3 && !text.ContainsAnyExcept(Ipv4) && !HasOctal(text);
        if (!plain || !IPAddress.TryParse(text, out var parsed))
        {
            return false;
        }

        address = ClientKey.Plain(parsed);
        return true;
    }

    private static bool IsPort(ReadOnlySpan<char> text) => text.Length is > 1 and <= 6 && text[0] == ':' && !text[1..].ContainsAnyExceptInRange('0', '9');

    private static bool HasOctal(ReadOnlySpan<char> text)
    {
        var before = '.';
        for (var i = 0; i + 1 < text.Length; i++)
        {
            if (before == '.' && text[i] == '0' && text[i + 1] != '.')
            {
                return true;
            }

            before = text[i];
        }

        return false;
    }
}
