using System.Collections.Concurrent;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text;

namespace Xopc.Gateway.Proxy;

/// <summary>
/// Unix sockets as destinations: YARP addresses are URLs, so a socket gets a host name made from its path (under a reserved top-level name), by which the
/// connect callback finds it again. A short one: every request parses it twice and sends it.
/// </summary>
internal static class UnixDestination
{
    private const string Scheme = "unix:";
    private const string Suffix = ".unix.invalid";
    private const int NameBytes = 16;

    // What the configuration names, and so a few.
    private static readonly ConcurrentDictionary<string, string> Paths = new(StringComparer.Ordinal);

    /// <summary>
    /// A machine that is switched off does not refuse. Below a TCP retransmission (1 s) it would give up on one lost packet; the replicas wait behind it.
    /// </summary>
    public static readonly TimeSpan ConnectPatience = TimeSpan.FromSeconds(1.5);

    public static bool IsUnix(string address) => address.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase);

    /// <summary>The URL for a destination as configured: <c>unix:/path</c> gets a name, the same in every process; anything else stays.</summary>
    public static string ToAddress(string destination)
    {
        if (!IsUnix(destination))
        {
            return destination;
        }

        var path = destination[Scheme.Length..];
        var host = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(path)).AsSpan(0, NameBytes)) + Suffix;
        Paths[host] = path;
        return $"http://{host}/";
    }

    /// <summary>The socket path behind a host name, or null for every other host.</summary>
    public static string? FindPath(string host) => Paths.GetValueOrDefault(host);

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
