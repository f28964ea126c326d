using System.Buffers.Binary;
using System.Collections.Concurrent;
using System.Net.Security;
using System.Text;

namespace Xopc.Testing.Attacks;

/// <summary>HTTP/2 by hand: frames as the test wants them, headers as literals that nobody has to remember. Reads only when told to.</summary>
public sealed class Http2Wire : IAsyncDisposable
{
    public const byte Data = 0, Headers = 1, Priority = 2, Reset = 3, Settings = 4, Ping = 6, GoAway = 7, WindowUpdate = 8, Continuation = 9;
    public const byte EndStream = 1, Ack = 1, EndHeaders = 4;

    private const int Head = 9;
    private readonly Wire _wire;
    private readonly MemoryStream _pending = new();

    private Http2Wire(Wire wire) => _wire = wire;

    /// <summary>A header that is added to every block of headers from here, so that what arrives can be told apart; null: none.</summary>
    public (string Name, string Value)? Mark { get; set; }

    /// <summary>How often each type of frame came.</summary>
    public ConcurrentDictionary<byte, int> Received { get; } = new();

    /// <summary>The reason of the server's farewell, an HTTP/2 error code; null while there was none.</summary>
    public int? Farewell { get; private set; }

    /// <param name="settings">The client's first settings, as identifier and value.</param>
    public static async Task<Http2Wire> ConnectAsync(Uri address, CancellationToken cancellationToken, params (ushort Id, uint Value)[] settings)
    {
        var http2 = new Http2Wire(await Wire.ConnectAsync(address, cancellationToken, SslApplicationProtocol.Http2));
        http2._pending.Write("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"u8);
        http2.Add(Settings, 0, 0, SettingsOf(settings));
        await http2.FlushAsync(cancellationToken);
        return http2;
    }

    public static byte[] SettingsOf(params (ushort Id, uint Value)[] settings)
    {
        var bytes = new byte[6 * settings.Length];
        for (var i = 0; i < settings.Length; i++)
        {
            BinaryPrimitives.WriteUInt16BigEndian(bytes.AsSpan(6 * i), settings[i].Id);
            BinaryPrimitives.WriteUInt32BigEndian(bytes.AsSpan((6 * i) + 2), settings[i].Value);
        }

        return bytes;
    }

    /// <summary>Pseudo headers and headers as literals without indexing.</summary>
    public static byte[] Literals(params (string Name, string Value)[] headers)
    {
        var block = new MemoryStream();
        foreach (var (name, value) in headers)
        {
            block.WriteByte(0);
            WriteText(block, name);
            WriteText(block, value);
        }

        return block.ToArray();
    }

    /// <summary>The head of a request.</summary>
    public static byte[] Request(string method, string path, string token, params (string Name, string Value)[] more) =>
        Literals([(":method", method), (":scheme", "https"), (":path", path), (":authority", "localhost"), ("authorization", "Bearer " + token), .. more]);

    /// <summary>Queues a frame; its length field may lie.</summary>
    public void Add(byte type, byte flags, int stream, ReadOnlySpan<byte> payload, int? length = null)
    {
        if (type == Headers && Mark is { } mark)
        {
            payload = (byte[])[.. payload, .. Literals(mark)];
        }

        Span<byte> head = stackalloc byte[Head];
        BinaryPrimitives.WriteInt32BigEndian(head, (length ?? payload.Length) << 8);
        head[3] = type;
        head[4] = flags;
        BinaryPrimitives.WriteInt32BigEndian(head[5..], stream);
        _pending.Write(head);
        _pending.Write(payload);
    }

    /// <summary>Sends what is queued. False: the server has closed the connection.</summary>
    public async Task<bool> FlushAsync(CancellationToken cancellationToken)
    {
        var sent = await _wire.SendAsync(_pending.ToArray(), cancellationToken);
        _pending.SetLength(0);
        return sent;
    }

    /// <summary>Reads until the stream is answered, and returns the status; null when it was reset or the connection ended.</summary>
    public async Task<int?> ReadStatusAsync(int stream, CancellationToken cancellationToken)
    {
        while (await ReadFrameAsync(cancellationToken) is { } frame)
        {
            if (frame.Type == GoAway || (frame.Type == Reset && frame.Stream == stream))
            {
                return null;
            }

            if (frame.Type == Headers && frame.Stream == stream)
            {
                return Status(frame.Payload);
            }
        }

        return null;
    }

    // RFC 7541, appendix A: 8 to 14 are statuses of their own; any other is a literal of three digits under the name of number 8.
    private static int Status(ReadOnlySpan<byte> block)
    {
        while ((block[0] & 0xe0) == 0x20)
        {
            block = block[1..]; // another size of the table, below 31
        }

        return block[0] >= 0x80 ? ((int[])[200, 204, 206, 304, 400, 404, 500])[block[0] - 0x88] : int.Parse(Encoding.ASCII.GetString(block.Slice(2, 3)));
    }

    /// <summary>Reads frames until the server closes, answering its settings and pings where <paramref name="polite"/>.</summary>
    public async Task ReadToEndAsync(bool polite, CancellationToken cancellationToken)
    {
        while (await ReadFrameAsync(cancellationToken) is { } frame)
        {
            if (polite && frame.Type is Settings or Ping && (frame.Flags & Ack) == 0)
            {
                Add(frame.Type, Ack, 0, frame.Type == Ping ? frame.Payload : []);
                await FlushAsync(cancellationToken);
            }
        }
    }

    /// <summary>Says that nothing more will come and reads to the end, which the server makes only after every request of the connection has run: also one that it has reset.</summary>
    public Task EndAsync(CancellationToken cancellationToken)
    {
        _wire.HalfClose();
        return ReadToEndAsync(polite: false, cancellationToken);
    }

    /// <summary>The next frame; null when the server has closed.</summary>
    public async Task<Http2Frame?> ReadFrameAsync(CancellationToken cancellationToken)
    {
        var head = new byte[Head];
        try
        {
            await _wire.Stream.ReadExactlyAsync(head, cancellationToken);
            var payload = new byte[BinaryPrimitives.ReadInt32BigEndian(head) >>> 8];
            await _wire.Stream.ReadExactlyAsync(payload, cancellationToken);
            Received.AddOrUpdate(head[3], 1, (_, count) => count + 1);
            if (head[3] == GoAway && payload.Length >= 8)
            {
                Farewell = BinaryPrimitives.ReadInt32BigEndian(payload.AsSpan(4));
            }

            return new Http2Frame(head[3], head[4], BinaryPrimitives.ReadInt32BigEndian(head.AsSpan(5)) & int.MaxValue, payload);
        }
        catch (IOException)
        {
            return null; // the end, or a reset
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _wire.DisposeAsync();
        await _pending.DisposeAsync();
    }

    private static void WriteText(MemoryStream block, string text)
    {
        var bytes = Encoding.Latin1.GetBytes(text);
        WriteNumber(block, 0, 7, bytes.Length);
        block.Write(bytes);
    }

    // RFC 7541, 5.1: what does not fit into the prefix follows in groups of seven bits.
    private static void WriteNumber(MemoryStream block, int first, int prefix, int number)
    {
        var most = (1 << prefix) - 1;
        if (number < most)
        {
            block.WriteByte((byte)(first | number));
            return;
        }

        block.WriteByte((byte)(first | most));
        for (number -= most; number >= 128; number /= 128)
        {
            block.WriteByte((byte)((number % 128) + 128));
        }

        block.WriteByte((byte)number);
    }
}

/// <summary>A frame as it came.</summary>
public sealed record Http2Frame(byte Type, byte Flags, int Stream, byte[] Payload);
