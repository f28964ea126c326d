using System.Net.Sockets;
using System.Text;

namespace Xopc.Gateway.Proxy;

/// <summary>
/// Unix sockets as destinations: YARP addresses are URLs, so the socket's path travels as the host name (hex, under a reserved top-level name) and the
/// connect callback reads it back. No table has to be kept beside the addresses.
/// </summary>
internal static class UnixDestination
{
    private const string Scheme = "unix:";
    private const string Suffix = ".unix.invalid";

    // A DNS label holds 63 characters; sun_path holds 108 bytes, so its hex takes up to four labels.
    private const int LabelLength = 62;

    /// <summary>
    /// A machine that is switched off does not refuse. Below a TCP retransmission (1 s) it would give up on one lost packet; the replicas wait behind it.
    /// </summary>
    public static readonly TimeSpan ConnectPatience = TimeSpan.FromSeconds(1.5);

    public static bool IsUnix(string address) => address.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase);

    /// <summary>The URL for a destination as configured: <c>unix:/path</c> is encoded, anything else stays.</summary>
    public static string ToAddress(string destination)
    {
        if (!IsUnix(destination))
        {
            return destination;
        }

        var hex = Convert.ToHexStringLower(Encoding.UTF8.GetBytes(destination[Scheme.Length..]));
        return $"http://{string.Join('.', hex.Chunk(LabelLength).Select(label => new string(label)))}{Suffix}/";
    }

    /// <summary>The socket path behind a host name, or null for every other host.</summary>
    public static string? FindPath(string host) => host.EndsWith(Suffix, StringComparison.Ordinal)
        ? Encoding.UTF8.GetString(Convert.FromHexString(host[..^Suffix.Length].Replace(".", "", StringComparison.Ordinal)))
        : null;

    public static async ValueTask<Stream> ConnectAsync(SocketsHttpConnectionContext context, CancellationToken cancellationToken)
    {
        var path = FindPath(context.DnsEndPoint.Host);
        var socket = path is null
            ? new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true }
            : new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        patience.CancelAfter(ConnectPatience);
        try
        {
            await socket.ConnectAsync(path is null ? context.DnsEndPoint : new UnixDomainSocketEndPoint(path), patience.Token);
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch (SocketException e)
        {
            // Refused, no such file, no route; also a Unix socket whose queue is full because nobody accepts.
            socket.Dispose();
            throw new NotConnectedException(e.SocketErrorCode.ToString(), e);
        }
        catch (OperationCanceledException e) when (!cancellationToken.IsCancellationRequested)
        {
            socket.Dispose();
            throw new NotConnectedException("TimedOut", e);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }
}
