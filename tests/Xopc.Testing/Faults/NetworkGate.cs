using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;

namespace Xopc.Testing.Faults;

/// <summary>An address of a server that can be taken away: whoever came over it is cut off in the middle of whatever it is, and nobody comes over it again.</summary>
public sealed class NetworkGate : IDisposable
{
    private readonly IPEndPoint _target;
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly ConcurrentDictionary<Socket, bool> _open = new();
    private volatile bool _isCut;

    public NetworkGate(Uri target)
    {
        ArgumentNullException.ThrowIfNull(target);
        _target = new IPEndPoint(IPAddress.Loopback, target.Port);
        _listener.Start();
        Address = new Uri($"http://127.0.0.1:{((IPEndPoint)_listener.LocalEndpoint).Port}");
        Accepting = AcceptAsync();
    }

    public Uri Address { get; }

    private Task Accepting { get; }

    /// <summary>Ends every connection with a reset.</summary>
    public void Cut()
    {
        _isCut = true;
        _listener.Stop();
        foreach (var socket in _open.Keys)
        {
            Reset(socket);
        }
    }

    public void Dispose()
    {
        Cut();
        _listener.Dispose();
    }

    private async Task AcceptAsync()
    {
        using var unflowed = ExecutionContext.SuppressFlow();
        while (!_isCut)
        {
            try
            {
                var client = await _listener.AcceptSocketAsync();
                var forwarding = ForwardAsync(client);
                _ = forwarding; // ends with its sockets
            }
            catch (Exception ex) when (ex is SocketException or ObjectDisposedException or InvalidOperationException)
            {
                return;
            }
        }
    }

    private async Task ForwardAsync(Socket client)
    {
        var server = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        client.NoDelay = true;
        (_open[client], _open[server]) = (true, true);
        try
        {
            await server.ConnectAsync(_target);
            await Task.WhenAny(CopyAsync(client, server), CopyAsync(server, client));
        }
        catch (Exception ex) when (ex is SocketException or ObjectDisposedException)
        {
            // Both end below.
        }

        Reset(client);
        Reset(server);
    }

    private static async Task CopyAsync(Socket from, Socket to)
    {
        var buffer = new byte[16 * 1024];
        try
        {
            for (int read; (read = await from.ReceiveAsync(buffer, SocketFlags.None)) > 0;)
            {
                for (var sent = 0; sent < read;)
                {
                    sent += await to.SendAsync(buffer.AsMemory(sent, read - sent), SocketFlags.None);
                }
            }
        }
        catch (Exception ex) when (ex is SocketException or ObjectDisposedException)
        {
            // Whoever waits for the first of two sees that it ended.
        }
    }

    private void Reset(Socket socket)
    {
        if (_open.TryRemove(socket, out _))
        {
            socket.LingerState = new LingerOption(enable: true, seconds: 0);
            socket.Dispose();
        }
    }
}
