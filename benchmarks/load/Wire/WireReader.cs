using System.Buffers.Text;
using System.Net.Sockets;
using System.Text;

namespace Xopc.Load.Wire;

/// <summary>
/// The reading end of an HTTP/1.1 connection, for both sides: heads, bodies with a length and chunked bodies, out of one buffer. It checks only what a measurement
/// needs; what it cannot read is an <see cref="InvalidDataException"/>.
/// </summary>
internal sealed class WireReader(Socket socket, int capacity)
{
    private const int MaxHead = 64 * 1024;
    private byte[] _buffer = new byte[capacity];
    private int _start;
    private int _end;
    private long _left;
    private bool _chunked;
    private bool _betweenChunks;
    private bool _bodyDone = true;

    /// <summary>Bytes of the next head, up to and with its empty line; valid until the next read. Empty: the other side closed.</summary>
    public async ValueTask<ReadOnlyMemory<byte>> ReadHeadAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            var length = _buffer.AsSpan(_start, _end - _start).IndexOf("\r\n\r\n"u8);
            if (length >= 0)
            {
                var head = _buffer.AsMemory(_start, length + 4);
                _start += length + 4;
                BeginBody(head.Span);
                return head;
            }

            if (_end - _start > MaxHead)
            {
                throw new InvalidDataException("A head of more than 64 KiB.");
            }

            if (!await FillAsync(cancellationToken))
            {
                return _end == _start ? default : throw new InvalidDataException("The connection ended inside a head.");
            }
        }
    }

    /// <summary>The next bytes of the body, decoded; valid until the next read. Empty: the body is complete.</summary>
    public async ValueTask<ReadOnlyMemory<byte>> ReadPieceAsync(CancellationToken cancellationToken)
    {
        while (!_bodyDone)
        {
            if (_left > 0)
            {
                if (_start < _end)
                {
                    return Take();
                }
            }
            else if (!_chunked)
            {
                _bodyDone = true;
                break;
            }
            else if (TryBeginChunk())
            {
                continue;
            }

            if (!await FillAsync(cancellationToken))
            {
                throw new InvalidDataException("The connection ended inside a body.");
            }
        }

        return default;
    }

    private ReadOnlyMemory<byte> Take()
    {
        var count = (int)Math.Min(_left, _end - _start);
        var piece = _buffer.AsMemory(_start, count);
        _start += count;
        _left -= count;
        _bodyDone = _left == 0 && !_chunked;
        return piece;
    }

    private void BeginBody(ReadOnlySpan<byte> head)
    {
        _betweenChunks = false;
        _chunked = HeaderIs(head, "transfer-encoding"u8, "chunked"u8);
        _left = _chunked ? 0 : Length(head);
        _bodyDone = !_chunked && _left == 0;
    }

    // "1a\r\n" before the first chunk, "\r\n1a\r\n" before every other, "0\r\n\r\n" at the end.
    private bool TryBeginChunk()
    {
        var data = _buffer.AsSpan(_start, _end - _start);
        var skip = _betweenChunks ? 2 : 0;
        if (data.Length < skip)
        {
            return false;
        }

        var line = data[skip..].IndexOf("\r\n"u8);
        if (line < 0)
        {
            return false;
        }

        if (!Utf8Parser.TryParse(data.Slice(skip, line), out int size, out var used, 'x') || used == 0 || size < 0)
        {
            throw new InvalidDataException("Not a chunk size.");
        }

        if (size == 0)
        {
            if (data.Length < skip + line + 4)
            {
                return false;
            }

            _start += skip + line + 4;
            _bodyDone = true;
            return true;
        }

        _start += skip + line + 2;
        _left = size;
        _betweenChunks = true;
        return true;
    }

    private async ValueTask<bool> FillAsync(CancellationToken cancellationToken)
    {
        if (_start == _end)
        {
            _start = _end = 0;
        }
        else if (_end == _buffer.Length)
        {
            var larger = _end - _start > _buffer.Length / 2 ? new byte[_buffer.Length * 2] : _buffer;
            _buffer.AsSpan(_start, _end - _start).CopyTo(larger);
            _buffer = larger;
            _end -= _start;
            _start = 0;
        }

        var count = await socket.ReceiveAsync(_buffer.AsMemory(_end), SocketFlags.None, cancellationToken);
        _end += count;
        return count > 0;
    }

    private static long Length(ReadOnlySpan<byte> head) =>
        Header(head, "content-length"u8) is var value && Utf8Parser.TryParse(value, out long length, out _) ? length : 0;

    private static bool HeaderIs(ReadOnlySpan<byte> head, ReadOnlySpan<byte> name, ReadOnlySpan<byte> value) =>
        Ascii.EqualsIgnoreCase(Header(head, name), value);

    private static ReadOnlySpan<byte> Header(ReadOnlySpan<byte> head, ReadOnlySpan<byte> name)
    {
        while (head.IndexOf("\r\n"u8) is var end && end >= 0)
        {
            var line = head[..end];
            head = head[(end + 2)..];
            if (line.Length > name.Length && line[name.Length] == (byte)':' && Ascii.EqualsIgnoreCase(line[..name.Length], name))
            {
                return line[(name.Length + 1)..].Trim((byte)' ');
            }
        }

        return default;
    }
}
