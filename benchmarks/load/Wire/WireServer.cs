using System.Buffers;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Xopc.Load.Wire;

/// <summary>A small HTTP/1.1 server on 127.0.0.1: keep-alive, one request at a time per connection. It exists to cost as little as possible.</summary>
internal sealed class WireServer : IAsyncDisposable
{
    private readonly Socket _listener;
    private readonly Func<WireExchange, CancellationToken, ValueTask> _handler;
    private readonly CancellationTokenSource _stop = new();
    private readonly Lock _gate = new();
    private readonly HashSet<Task> _connections = [];
    private readonly Task _accepting;

    private WireServer(Socket listener, Func<WireExchange, CancellationToken, ValueTask> handler)
    {
        _listener = listener;
        _handler = handler;
        Port = ((IPEndPoint)listener.LocalEndPoint!).Port;
        _accepting = AcceptAsync();
    }

    public int Port { get; }

    /// <summary>Listens on <paramref name="port"/>; 0 takes a free one.</summary>
    public static WireServer Start(int port, Func<WireExchange, CancellationToken, ValueTask> handler)
    {
        var listener = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        listener.Bind(new IPEndPoint(IPAddress.Loopback, port));
        listener.Listen(2048);
        return new WireServer(listener, handler);
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        _listener.Dispose();
        await _accepting;
        Task[] open;
        lock (_gate)
        {
            open = [.. _connections];
        }

        await Task.WhenAll(open);
        _stop.Dispose();
    }

    private async Task AcceptAsync()
    {
        while (!_stop.IsCancellationRequested)
        {
            Socket socket;
            try
            {
                socket = await _listener.AcceptAsync(_stop.Token);
            }
            catch (Exception ex) when (ex is OperationCanceledException or SocketException or ObjectDisposedException)
            {
                return;
            }

            socket.NoDelay = true;
            Track(ServeAsync(socket));
        }
    }

    private void Track(Task connection)
    {
        lock (_gate)
        {
            _connections.RemoveWhere(static task => task.IsCompleted);
            _connections.Add(connection);
        }
    }

    private async Task ServeAsync(Socket socket)
    {
        await Task.CompletedTask.ConfigureAwait(ConfigureAwaitOptions.ForceYielding);
        using (socket)
        {
            var exchange = new WireExchange(socket);
            try
            {
                while (await exchange.ReadAsync(_stop.Token))
                {
                    await _handler(exchange, _stop.Token);
                }
            }
            catch (Exception ex) when (ex is OperationCanceledException or SocketException or InvalidDataException or ObjectDisposedException)
            {
                // The client left or the server stops: nothing to answer.
            }
        }
    }
}

/// <summary>One request and the means to answer it; reused for the next request of the connection.</summary>
internal sealed class WireExchange(Socket socket)
{
    private readonly WireReader _reader = new(socket, 8 * 1024);
    private readonly ArrayBufferWriter<byte> _body = new(1024);

    public string Method { get; private set; } = "";

    /// <summary>Path and query.</summary>
    public string Target { get; private set; } = "";

    public bool WantsEvents { get; private set; }

    public ReadOnlySpan<byte> Body => _body.WrittenSpan;

    /// <summary>Scratch space for the answer; emptied before each request.</summary>
    public ArrayBufferWriter<byte> Out { get; } = new(2048);

    /// <summary>False: the client closed the connection.</summary>
    public async ValueTask<bool> ReadAsync(CancellationToken cancellationToken)
    {
        var head = await _reader.ReadHeadAsync(cancellationToken);
        if (head.IsEmpty)
        {
            return false;
        }

        ReadFirstLine(head.Span);
        Out.ResetWrittenCount();
        _body.ResetWrittenCount();
        while (await _reader.ReadPieceAsync(cancellationToken) is { Length: > 0 } piece)
        {
            _body.Write(piece.Span);
        }

        return true;
    }

    /// <summary>Sends what is in <see cref="Out"/> and empties it.</summary>
    public async ValueTask FlushAsync(CancellationToken cancellationToken)
    {
        var bytes = Out.WrittenMemory;
        for (var sent = 0; sent < bytes.Length;)
        {
            sent += await socket.SendAsync(bytes[sent..], SocketFlags.None, cancellationToken);
        }

        Out.ResetWrittenCount();
    }

    public ValueTask AnswerJsonAsync(int status, ReadOnlySpan<byte> json, CancellationToken cancellationToken)
    {
        Out.ResetWrittenCount();
        Out.Write(Encoding.ASCII.GetBytes($"HTTP/1.1 {status} X\r\nContent-Type: application/json\r\nContent-Length: {json.Length}\r\n\r\n"));
        Out.Write(json);
        return FlushAsync(cancellationToken);
    }

    /// <summary>Writes the head of a chunked event stream.</summary>
    public void BeginEvents() =>
        Out.Write("HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nCache-Control: no-cache\r\nTransfer-Encoding: chunked\r\n\r\n"u8);

    public void Chunk(ReadOnlySpan<byte> data)
    {
        var span = Out.GetSpan(16);
        System.Text.Unicode.Utf8.TryWrite(span, $"{data.Length:x}\r\n", out var written);
        Out.Advance(written);
        Out.Write(data);
        Out.Write("\r\n"u8);
    }

    public void EndChunks() => Out.Write("0\r\n\r\n"u8);

    private void ReadFirstLine(ReadOnlySpan<byte> head)
    {
        var line = head[..head.IndexOf((byte)'\r')];
        var first = line.IndexOf((byte)' ');
        var last = line.LastIndexOf((byte)' ');
        if (first <= 0 || last <= first)
        {
            throw new InvalidDataException("Not a request line.");
        }

        Method = line[..first].SequenceEqual("POST"u8) ? "POST" : Encoding.ASCII.GetString(line[..first]);
        var target = line[(first + 1)..last];
        if (!Ascii.Equals(target, Target))
        {
            Target = Encoding.ASCII.GetString(target);
        }

        WantsEvents = head.IndexOf("text/event-stream"u8) >= 0;
    }
}
