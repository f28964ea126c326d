using System.Buffers.Binary;
using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace Xopc.Gateway.Edge.Clients;

/// <summary>What the limiters know a client by: an IPv4 address, or the /64 of an IPv6 one, since whoever has one address of a /64 has all of them.</summary>
/// <param name="Kind">4 or 6; 1 more when the request came through an unlisted proxy, whose clients share one key apart from the machine's own.</param>
internal readonly record struct ClientKey(ulong Bits, byte Kind)
{
    private const byte V4 = 4;
    private const byte V6 = 6;

    public static ClientKey Of(IPAddress address, bool unattributed)
    {
        var extra = unattributed ? (byte)1 : (byte)0;
        Span<byte> bytes = stackalloc byte[16];
        address.TryWriteBytes(bytes, out var written);
        if (written == 4)
        {
            return new ClientKey(BinaryPrimitives.ReadUInt32BigEndian(bytes), (byte)(V4 + extra));
        }

        return address.IsIPv4MappedToIPv6
            ? new ClientKey(BinaryPrimitives.ReadUInt32BigEndian(bytes[12..]), (byte)(V4 + extra))
            : new ClientKey(BinaryPrimitives.ReadUInt64BigEndian(bytes), (byte)(V6 + extra));
    }

    public static IPAddress Plain(IPAddress address) =>
        address.AddressFamily is AddressFamily.InterNetworkV6 && address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address;

    /// <summary>The same in every process, for keys that several edges share.</summary>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Kind}.{Bits:x}");
}
