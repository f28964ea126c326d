using System.Buffers;
using System.Buffers.Text;
using System.Net;
using System.Net.Sockets;

namespace Xopc.Load.Wire;

/// <summary>One keep-alive connection to this machine: one request at a time, its answer read whole or piece by piece.</summary>
internal sealed class WireConnection : IDisposable
{
    private readonly Socket _socket;
    private readonly WireReader _reader;
    private readonly ArrayBufferWriter<byte> _body = new(1024);

    private WireConnection(Socket socket, int capacity)
    {
        _socket = socket;
        _reader = new WireReader(socket, capacity);
    }

    public static Task<WireConnection> OpenAsync(int port, CancellationToken cancellationToken, int capacity = 16 * 1024) => OpenAsync(
        new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true }, new IPEndPoint(IPAddress.Loopback, port), capacity, cancellationToken);

    /// <summary>The same over a Unix socket.</summary>
    public static Task<WireConnection> OpenAsync(string path, CancellationToken cancellationToken, int capacity = 16 * 1024) => OpenAsync(
        new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified), new UnixDomainSocketEndPoint(path), capacity, cancellationToken);

    private static async Task<WireConnection> OpenAsync(Socket socket, EndPoint endpoint, int capacity, CancellationToken cancellationToken)
    {
        try
        {
            await socket.ConnectAsync(endpoint, cancellationToken);
            return new WireConnection(socket, capacity);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    /// <summary>Sends a request and returns the status of its answer; the body is still to be read.</summary>
    public async ValueTask<int> SendAsync(ReadOnlyMemory<byte> request, CancellationToken cancellationToken)
    {
        for (var sent = 0; sent < request.Length;)
        {
            sent += await _socket.SendAsync(request[sent..], SocketFlags.None, cancellationToken);
        }

        var head = await _reader.ReadHeadAsync(cancellationToken);
        return head.Length > 12 && Utf8Parser.TryParse(head.Span[9..12], out int status, out _)
            ? status
            : throw new InvalidDataException("The connection was closed before an answer.");
    }

    public ValueTask<ReadOnlyMemory<byte>> ReadPieceAsync(CancellationToken cancellationToken) => _reader.ReadPieceAsync(cancellationToken);

    /// <summary>The whole body; valid until the next read.</summary>
    public async ValueTask<ReadOnlyMemory<byte>> ReadBodyAsync(CancellationToken cancellationToken)
    {
        _body.ResetWrittenCount();
        while (await _reader.ReadPieceAsync(cancellationToken) is { Length: > 0 } piece)
        {
            _body.Write(piece.Span);
        }

        return _body.WrittenMemory;
    }

    public async ValueTask<(int Status, ReadOnlyMemory<byte> Body)> AskAsync(ReadOnlyMemory<byte> request, CancellationToken cancellationToken)
    {
        var status = await SendAsync(request, cancellationToken);
        return (status, await ReadBodyAsync(cancellationToken));
    }

    public void Dispose() => _socket.Dispose();
}
